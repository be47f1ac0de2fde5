/** How many elements a list or tuple may claim and have room made for them at once. */
const ROOM_FOR_ELEMENTS = 64;

/** An array for as many elements: one that grows makes room for more than a few, and takes longer. */
export function roomFor<T>(count: number): T[] {
  // oxlint-disable-next-line unicorn/no-new-array -- a fifth of all the time goes with any other way
  return count <= ROOM_FOR_ELEMENTS ? new Array<T>(count) : [];
}
