/**
 * What a BEAM evaluates to tell about its host: Erlang expressions, for every OTP from 23 on, whose value is
 * a map of facts by name. One that could not be found is `nil`, and the fact `errors` tells why. No program is started; what only Linux tells is not there elsewhere.
 *
 * @param factMs How long each fact may take.
 */
export function factsSource(factMs: number): string {
  return String.raw`
%% Files of /proc have no size, and one that never ends is not read to its end.
Read = fun(File) ->
    case file:open(File, [read, raw, binary]) of
        {ok, Device} ->
            Text = file:read(Device, 262144),
            file:close(Device),
            case Text of {ok, Bytes} -> Bytes; _ -> <<>> end;
        _ -> <<>>
    end
end,
Lines = fun(File) -> binary:split(Read(File), <<"\n">>, [global, trim_all]) end,
Line = fun(File) -> case Lines(File) of [First | _] -> First; [] -> nil end end,
Text = fun(Value) -> unicode:characters_to_binary(Value) end,
Whole = fun(Digits) -> try binary_to_integer(Digits) catch _:_ -> nil end end,
Unquoted = fun(Value) -> string:trim(Value, both, "\"'") end,
Words = fun(Value) -> [Word || Word <- binary:split(Value, [<<" ">>, <<"\t">>], [global]), Word =/= <<>>] end,

Os = fun() ->
    {Family, Type} = os:type(),
    Pairs = [{Key, Unquoted(Value)} || Entry <- Lines("/etc/os-release"),
                                       [Key, Value] <- [binary:split(Entry, <<"=">>)]],
    Of = fun(Key) -> proplists:get_value(Key, Pairs, nil) end,
    #{family => Family, type => Type, id => Of(<<"ID">>), name => Of(<<"PRETTY_NAME">>), version => Of(<<"VERSION_ID">>)}
end,
Kernel = fun() ->
    Version = case os:version() of
        {Major, Minor, Patch} -> Text(io_lib:format("~b.~b.~b", [Major, Minor, Patch]));
        Other -> Text(Other)
    end,
    #{version => Version, release => Line("/proc/sys/kernel/osrelease")}
end,
Hostname = fun() -> {ok, Name} = inet:gethostname(), Text(Name) end,
Architecture = fun() ->
    [Machine | _] = string:split(erlang:system_info(system_architecture), "-"),
    Text(Machine)
end,
Cpu = fun() ->
    Count = case erlang:system_info(logical_processors) of
        unknown -> erlang:system_info(schedulers);
        Known -> Known
    end,
    Models = [string:trim(Value) || Entry <- Lines("/proc/cpuinfo"),
                                    [<<"model name", _/binary>>, Value] <- [binary:split(Entry, <<":">>)]],
    #{count => Count, model => case Models of [Model | _] -> Model; [] -> nil end}
end,
Memory = fun() ->
    Sizes = [{Key, Whole(Kibibytes)} || Entry <- Lines("/proc/meminfo"),
                                        [Key, Value] <- [binary:split(Entry, <<":">>)],
                                        [Kibibytes | _] <- [Words(Value)]],
    Of = fun(Key) -> case proplists:get_value(Key, Sizes, nil) of nil -> nil; Size -> Size * 1024 end end,
    #{total => Of(<<"MemTotal">>), free => Of(<<"MemFree">>), available => Of(<<"MemAvailable">>),
      swap_total => Of(<<"SwapTotal">>), swap_free => Of(<<"SwapFree">>)}
end,
Disks = fun() ->
    Names = case file:list_dir("/sys/block") of {ok, All} -> lists:sort(All); _ -> [] end,
    Size = fun(Name) ->
        case Whole(Line(["/sys/block/", Name, "/size"])) of nil -> 0; Sectors -> Sectors * 512 end
    end,
    Turns = fun(Name) -> Line(["/sys/block/", Name, "/queue/rotational"]) =:= <<"1">> end,
    [#{name => Text(Name), size => Size(Name), rotational => Turns(Name)} || Name <- Names, Size(Name) > 0]
end,
Mounts = fun() ->
    [#{device => Device, path => Path, type => Type} || Entry <- Lines("/proc/self/mounts"),
                                                        [<<"/", _/binary>> = Device, Path, Type | _] <- [Words(Entry)]]
end,
Network = fun() ->
    {ok, All} = inet:getifaddrs(),
    Bits = fun(Mask) -> lists:sum([1 || <<Bit:1>> <= Mask, Bit =:= 1]) end,
    Binary = fun(Address) -> case size(Address) of
        4 -> << <<Part:8>> || Part <- tuple_to_list(Address)>>;
        8 -> << <<Part:16>> || Part <- tuple_to_list(Address)>>
    end end,
    Pairs = fun Pairs([{addr, Address}, {netmask, Mask} | Rest]) -> [{Address, Bits(Binary(Mask))} | Pairs(Rest)];
                Pairs([{addr, Address} | Rest]) -> [{Address, bit_size(Binary(Address))} | Pairs(Rest)];
                Pairs([_ | Rest]) -> Pairs(Rest);
                Pairs([]) -> []
    end,
    Mac = fun(Options) -> case proplists:get_value(hwaddr, Options) of
        undefined -> nil;
        Bytes -> Text(lists:join(":", [io_lib:format("~2.16.0b", [Byte]) || Byte <- Bytes]))
    end end,
    %% A link that has several addresses may be listed several times.
    Links = lists:foldl(fun({Name, Options}, Before) ->
        Earlier = maps:get(Name, Before, []),
        maps:put(Name, Earlier ++ Options, Before)
    end, #{}, All),
    Interfaces = maps:fold(fun(Name, Options, Before) ->
        Addresses = [#{address => Text(inet:ntoa(Address)), prefix => Prefix} || {Address, Prefix} <- Pairs(Options)],
        Flags = lists:append([Value || {flags, Value} <- Options]),
        maps:put(Text(Name), #{addresses => Addresses, mac => Mac(Options), up => lists:member(up, Flags),
                               loopback => lists:member(loopback, Flags)}, Before)
    end, #{}, Links),
    Global = [Text(inet:ntoa(Address)) || {_, Options} <- lists:sort(maps:to_list(Links)), {Address, _} <- Pairs(Options),
              not lists:member(loopback, lists:append([Value || {flags, Value} <- Options])),
              element(1, Address) =/= 16#fe80],
    Reversed = fun(Hexadecimal) ->
        <<D, C, B, A>> = <<(binary_to_integer(Hexadecimal, 16)):32>>,
        Text(inet:ntoa({A, B, C, D}))
    end,
    Gateways = [Reversed(Gateway) || Entry <- Lines("/proc/net/route"),
                                     [_, <<"00000000">>, Gateway | _] <- [Words(Entry)],
                                     Gateway =/= <<"00000000">>],
    #{interfaces => Interfaces, addresses => Global,
      gateway => case Gateways of [First | _] -> First; [] -> nil end}
end,
Accounts = fun() ->
    [{Name, Whole(Uid), Whole(Gid), Home, Shell} || Entry <- Lines("/etc/passwd"),
        [Name, _, Uid, Gid, _, Home, Shell] <- [binary:split(Entry, <<":">>, [global])]]
end,
OwnId = fun(Key) ->
    case [Id || Entry <- Lines("/proc/self/status"), [Word, _, Id | _] <- [Words(Entry)], Word =:= Key] of
        [Id | _] -> Whole(Id);
        [] -> nil
    end
end,
User = fun() ->
    Uid = OwnId(<<"Uid:">>),
    FromShell = fun(Variable) -> case os:getenv(Variable) of false -> nil; Value -> Text(Value) end end,
    {Name, Home, Shell} = case [{Its, Folder, Program} || {Its, Of, _, Folder, Program} <- Accounts(), Of =:= Uid] of
        [Account | _] -> Account;
        [] -> {FromShell("USER"), FromShell("HOME"), FromShell("SHELL")}
    end,
    #{name => Name, uid => Uid, gid => OwnId(<<"Gid:">>), home => Home, shell => Shell}
end,
Users = fun() -> maps:from_list([{Name, Uid} || {Name, Uid, _, _, _} <- Accounts()]) end,
Uptime = fun() ->
    case Line("/proc/uptime") of
        nil -> nil;
        Entry -> [Seconds | _] = binary:split(Entry, [<<".">>, <<" ">>]), Whole(Seconds)
    end
end,
Time = fun() ->
    Now = erlang:system_time(second),
    #{unix => Now, iso8601 => Text(calendar:system_time_to_rfc3339(Now, [{offset, "Z"}]))}
end,
Otp = fun() ->
    Release = erlang:system_info(otp_release),
    #{release => Text(Release), version => Line(filename:join([code:root_dir(), "releases", Release, "OTP_VERSION"])),
      erts => Text(erlang:system_info(version)), root => Text(code:root_dir()),
      schedulers => erlang:system_info(schedulers_online)}
end,

%% Each fact is found by a process of its own, which is given up when its time is over.
Self = self(),
Started = [begin
    Token = make_ref(),
    {Pid, Monitor} = spawn_monitor(fun() -> Self ! {Token, Find()} end),
    {Name, Token, Pid, Monitor}
end || {Name, Find} <- [{os, Os}, {kernel, Kernel}, {hostname, Hostname}, {architecture, Architecture},
                        {cpu, Cpu}, {memory, Memory}, {disks, Disks}, {mounts, Mounts},
                        {network, Network}, {user, User}, {users, Users}, {uptime, Uptime}, {time, Time}, {otp, Otp}]],
Deadline = erlang:monotonic_time(millisecond) + ${factMs},
Found = [begin
    Left = max(0, Deadline - erlang:monotonic_time(millisecond)),
    Result = receive
        {Token, Fact} -> {ok, Fact};
        {'DOWN', Monitor, process, Pid, Why} ->
            %% Its answer came before its end.
            receive {Token, Fact} -> {ok, Fact}
            after 0 -> {error, Text(io_lib:format("~0P", [Why, 15]))} end
    after Left -> {error, <<"it took longer than ${factMs} ms">>} end,
    demonitor(Monitor, [flush]),
    exit(Pid, kill),
    {Name, Result}
end || {Name, Token, Pid, Monitor} <- Started],
Errors = maps:from_list([{Name, Why} || {Name, {error, Why}} <- Found]),
Facts = [{Name, case Result of {ok, Fact} -> Fact; _ -> nil end} || {Name, Result} <- Found],
maps:put(errors, Errors, maps:from_list(Facts)).
`;
}
