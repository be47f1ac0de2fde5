/** Takes the numbers of processes, ports and references out of printed terms: they are others in each run and host. */
export function withoutIdentities(printed: string): string {
  return printed.replace(/<\d+\.\d+\.\d+>/g, "<…>").replace(/#(Ref|Reference|Port)<[\d.]+>/g, "#$1<…>");
}
