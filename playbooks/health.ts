import { play, type Value } from "fusion-play";

/** A play whose steps depend on what the hosts answer: a function instead of a list. */
export default play({
  name: "Memory of the fleet",
  hosts: "all",
  vars: { max_memory_mb: 512 },
  async steps(host) {
    const before = await megabytes(host.run("erlang:memory(total)", { name: "Memory in use" }));
    if (before > 256) {
      const count = await host.eval(
        { erlang: "length([erlang:garbage_collect(Pid) || Pid <- erlang:processes()])" },
        { name: "Collect garbage" },
      );
      host.assert(typeof count === "number" && count > 0, "no process was there to collect");
    }
    const after = await megabytes(host.run("erlang:memory(total)", { name: "Memory in use afterwards" }));
    const limit = Number(host.vars["max_memory_mb"]);
    host.assert(after <= limit, `${host.name} uses ${after} MB, and ${limit} are allowed`);
  },
});

async function megabytes(bytes: Promise<Value>): Promise<number> {
  return Math.round(Number(await bytes) / 1024 / 1024);
}
