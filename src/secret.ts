/** What stands in the place of a secret. */
export const MASK = "********";

/**
 * A value that is not to be shown: a password, or what a vault holds. Whatever makes a text of it gets
 * `********`: a template, `String`, `JSON.stringify`, `console.log`, a stack trace. The value itself is had by
 * {@linkcode reveal} alone.
 */
export class Secret<out Held = string> {
  readonly #value: Held;
  readonly #shown: string;

  /**
   * @param value what is not to be shown
   * @param shown what is shown instead. Default: `********`
   */
  constructor(value: Held, shown: string = MASK) {
    this.#value = value;
    this.#shown = shown;
  }

  /** Gives the value: at the last moment, where it goes to what it is for. */
  reveal(): Held {
    return this.#value;
  }

  /** Gives what is shown in its place. */
  toString(): string {
    return this.#shown;
  }

  /** Gives what is shown in its place. */
  toJSON(): string {
    return this.#shown;
  }

  /** Gives what is shown in its place, for a number as well. */
  [Symbol.toPrimitive](): string {
    return this.#shown;
  }
}

// How `console.log` and `util.inspect` ask an object for its text.
Object.defineProperty(Secret.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Secret<unknown>) {
    return this.toString();
  },
});

/**
 * Makes a secret of a value, for variables, arguments and passwords: `secret(process.env.TOKEN ?? "")`. What is
 * a secret already stays as it is.
 */
export function secret<Held>(value: Held | Secret<Held>): Secret<Held> {
  return value instanceof Secret ? value : new Secret(value);
}
