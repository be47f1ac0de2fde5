/**
 * Erlang expressions that bind `Compile`, which makes a module of what is interpreted otherwise, given as the texts of its
 * forms, and tells the process that asked for it. The compiler is there nearly everywhere; without it that process stays
 * as it is.
 */
export const MODULE_COMPILER: string = String.raw`
Compile = fun(Asking, Texts) ->
    process_flag(priority, low),
    Forms = [begin
        {ok, Tokens, _} = erl_scan:string(Text),
        {ok, Form} = erl_parse:parse_form(Tokens),
        Form
    end || Text <- Texts],
    {ok, Module, Binary} = compile:forms(Forms, []),
    {module, Module} = code:load_binary(Module, atom_to_list(Module), Binary),
    Asking ! {compiled, Module}
end,
`;
