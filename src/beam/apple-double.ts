/**
 * Whether a file is none of its own but what macOS keeps beside one, `._my_app.beam` beside `my_app.beam`, on disks and
 * in archives that cannot hold it otherwise.
 */
export function isAppleDouble(name: string): boolean {
  return name.startsWith("._");
}
