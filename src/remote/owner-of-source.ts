import { ELIXIR_APPLICATIONS, OTP_APPLICATIONS } from "../beam/own-applications.ts";

/**
 * Erlang expressions that bind `OwnerOf`, which tells whose an application is by its name: `otp`, `elixir` or `none`,
 * and `OwnerOfFolder`, which does so by its `ebin` folder. The folder of OTP's applications holds others, too: those
 * of a release are there, and distributions put libraries into it.
 */
export const OWNER_OF_SOURCE: string = String.raw`
Owners = maps:from_list(
    [{Name, otp} || Name <- string:lexemes("${OTP_APPLICATIONS.join(" ")}", " ")]
    ++ [{Name, elixir} || Name <- string:lexemes("${ELIXIR_APPLICATIONS.join(" ")}", " ")]),
OwnerOf = fun(Name) -> maps:get(Name, Owners, none) end,
OwnerOfFolder = fun(Ebin) ->
    OwnerOf(hd(string:lexemes(filename:basename(filename:dirname(Ebin)), "-")))
end,
`;
