import type { Data } from "../etf/data.ts";
import { secretsIn } from "../etf/secret-data.ts";
import { HiddenTexts, type TextBudget } from "./hidden-texts.ts";
import { certainLength, maskAll } from "./masking.ts";
import type { TextTrie } from "./text-trie.ts";

/**
 * So many texts of what the steps of a host with `no_log` gave are looked for in all that is shown; the results
 * themselves are hidden wherever they stand. More would take more memory than the run.
 */
const MOST_OF_RESULTS = 10_000;

const UNLIMITED: TextBudget = { left: Number.POSITIVE_INFINITY };

/** What must not be shown or written: what was decrypted, typed in private, or said to be secret. */
export class Secrets {
  readonly #hidden = new HiddenTexts();
  /** What is left to each host, and to what playbooks make: none uses up what the others have. */
  readonly #budgets: Map<string | undefined, TextBudget> = new Map();

  /** Whether there is nothing to hide. */
  get isEmpty(): boolean {
    return this.#hidden.isEmpty;
  }

  /** Adds each line of a text: of a key of several lines, one alone tells enough. */
  add(text: string): void {
    this.#hidden.add(text, UNLIMITED);
  }

  /** Adds the texts, atoms and numbers of a value, however deep; names of keys are none. */
  addData(data: Data): void {
    this.#hidden.addData(data, { atoms: true, budget: UNLIMITED });
  }

  /**
   * Adds the texts and numbers of what came up in a run. Its atoms say how it went, and stand in much else.
   *
   * @param host the one that gave it, or on which the play made it of secrets; undefined where a playbook did, as it was
   *   read
   */
  addResult(data: Data, host: string | undefined): void {
    const budget = this.#budgets.get(host) ?? { left: MOST_OF_RESULTS };
    this.#budgets.set(host, budget);
    this.#hidden.addData(data, { atoms: false, budget });
  }

  /** Adds the secrets that stand in a value, and nothing else of it. */
  addSecretsIn(data: Data): void {
    for (const secret of secretsIn(data)) this.addData(secret);
  }

  /** Hides the secrets in a text, also in quotes, where some of their characters have a backslash before them. */
  mask(text: string): string {
    return this.isEmpty ? text : maskAll(text, [this.#hidden.texts]);
  }

  /** Hides the secrets in bytes, each of which is a character of `bytes`. */
  maskLatin1(bytes: string): string {
    return this.isEmpty ? bytes : maskAll(bytes, this.#tries);
  }

  /** Whether a number is written as a secret is. */
  hasNumber(number: number | bigint): boolean {
    return this.#hidden.texts.has(String(number));
  }

  /**
   * How much of a text can be shown before the text after it is known: the rest may be the beginning of a
   * secret.
   */
  certainLength(text: string): number {
    return certainLength(text, [this.#hidden.texts]);
  }

  get #tries(): readonly TextTrie[] {
    const { texts, bytes } = this.#hidden;
    return bytes.isEmpty ? [texts] : [texts, bytes];
  }
}
