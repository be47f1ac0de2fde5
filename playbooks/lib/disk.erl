%% How full a file system is, asked of df, which Linux, macOS and the BSDs have.
-module(disk).

-export([usage/1]).

-spec usage(file:filename()) ->
    #{path := binary(), size_mb := integer(), free_mb := integer(), used_percent := integer()}.
usage(Path) ->
    Output = os:cmd("df -Pk '" ++ Path ++ "'"),
    [_Heading, Line | _] = string:lexemes(Output, "\n"),
    [_Device, Size, _Used, Free, UsedPercent | _] = string:lexemes(Line, " "),
    #{
        path => unicode:characters_to_binary(Path),
        size_mb => list_to_integer(Size) div 1024,
        free_mb => list_to_integer(Free) div 1024,
        used_percent => list_to_integer(string:trim(UsedPercent, trailing, "%"))
    }.
