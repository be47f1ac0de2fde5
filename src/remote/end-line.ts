/** What ends a BEAM at once. The end of its standard input alone may be that of a connection that will come back. */
export const END_LINE = "fusion-play:end";
