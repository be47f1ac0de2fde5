/**
 * Takes out of printed terms and messages what is another one in each run and host: the numbers of processes, ports
 * and references, and the name of the folder for files of applications.
 */
export function withoutIdentities(printed: string): string {
  return printed
    .replace(/<\d+\.\d+\.\d+>/g, "<…>")
    .replace(/#(Ref|Reference|Port)<[\d.]+>/g, "#$1<…>")
    .replace(/\/fusion-play-[A-Za-z0-9]{12}(?![\w.-])/g, "/fusion-play-…");
}
