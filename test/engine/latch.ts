/** A promise that is resolved from outside. */
export interface Latch<Value> {
  readonly promise: Promise<Value>;
  open(value: Value): void;
}

export function latch<Value = void>(): Latch<Value> {
  let open: (value: Value) => void = () => {};
  const promise = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { promise, open: (value) => open(value) };
}
