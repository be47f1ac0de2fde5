/** What ends a BEAM whose standard input is a terminal, which has no end of file that could be sent. */
export const END_LINE = "fusion-play:end";
