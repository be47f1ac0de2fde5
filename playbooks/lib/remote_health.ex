defmodule RemoteHealth do
  @moduledoc "What a playbook asks a host about its health."

  @doc "Memory of the BEAM in MB, its processes, and whether both are within bounds."
  def check(max_memory_mb \\ 1024) do
    memory_mb = div(:erlang.memory(:total), 1024 * 1024)

    %{
      status: if(memory_mb <= max_memory_mb, do: :ok, else: :too_large),
      memory_mb: memory_mb,
      processes: length(Process.list())
    }
  end

  @doc "Collects garbage in every process and tells how many there were."
  def collect_garbage do
    processes = Process.list()
    Enum.each(processes, &:erlang.garbage_collect/1)
    {:ok, length(processes)}
  end
end
