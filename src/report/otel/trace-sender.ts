import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { within } from "../../waits/within.ts";
import { formatCount } from "../quantity.ts";
import { encodeRequest, type Sender } from "./otlp-json.ts";
import { postTrace, type Delivery } from "./post-trace.ts";
import { SpanQueue } from "./span-queue.ts";
import type { TraceSettings } from "./trace-settings.ts";

/** Spans are sent this long after the first of them, or when a request is full. */
const PAUSE_MS = 5000;

/** Pause after the first request that failed, while the run goes on; each is twice as long as the one before. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** The same at the end, where a request is tried so many times. */
const FIRST_LAST_RETRY_MS = 250;
const LAST_TRIES = 3;

export interface TraceSenderOptions extends Pick<TraceSettings, "url" | "headers" | "timeoutMs"> {
  readonly sender: Sender;
}

/**
 * Sends spans to a collector, one request at a time, while the run goes on. Nothing that the collector does is thrown,
 * holds up the run or takes memory without bounds.
 */
export class TraceSender {
  readonly #options: TraceSenderOptions;
  readonly #agent: Agent;
  readonly #queue = new SpanQueue();
  readonly #stop = new AbortController();
  /** Set while spans wait for their time. */
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  /** When nothing is sent any longer, by `performance.now()`; set at the end. */
  #deadlineMs: number | undefined;
  /** How many tries in a row were of no use. */
  #failures = 0;
  #sent = 0;
  #lost = 0;
  /** Why spans were lost: the last reason. */
  #why = "";

  constructor(options: TraceSenderOptions) {
    this.#options = options;
    const isTls = options.url.protocol === "https:";
    this.#agent = new (isTls ? TlsAgent : Agent)({ keepAlive: true, maxSockets: 1 });
  }

  /** @param span as `encodeSpan` gives it */
  add(span: string, kept: { isNeeded: boolean }): void {
    this.#queue.add(span, kept);
    if (this.#sending !== undefined) return;
    // After a failure a full queue is no reason to hurry.
    if (this.#queue.isBatchFull && this.#failures === 0) this.#start();
    else this.#startAfter(PAUSE_MS);
  }

  /**
   * Sends what is left.
   *
   * @param limitMs how long that may take
   * @returns what was lost and why, where anything was
   */
  async end(limitMs: number): Promise<string | undefined> {
    this.#deadlineMs = performance.now() + limitMs;
    const timer = setTimeout(() => this.#stop.abort(), limitMs);
    try {
      await this.#sending;
      await this.#sendAll();
    } finally {
      clearTimeout(timer);
      clearTimeout(this.#timer);
      this.#agent.destroy();
    }
    this.#lost += this.#queue.lost + this.#queue.length;
    if (this.#lost === 0) return undefined;
    const all = formatCount(this.#sent + this.#lost, "span");
    const why = this.#why === "" ? "there were more than can be kept" : this.#why;
    return `Cannot send the trace to ${this.#options.url.origin}: ${why}; lost: ${this.#lost} of ${all}`;
  }

  #startAfter(ms: number): void {
    this.#timer ??= setTimeout(() => this.#start(), ms).unref();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Sends until nothing is left, or a request has failed. */
  async #sendAll(): Promise<void> {
    while (this.#queue.length > 0 && !this.#stop.signal.aborted) {
      const batch = this.#queue.batch();
      const delivery = await this.#post(batch);
      if (delivery.type === "later") {
        this.#why = delivery.why;
        this.#failures++;
        const pauseMs = this.#pauseAfter(delivery);
        if (this.#deadlineMs === undefined) return this.#startAfter(pauseMs);
        if (this.#failures >= LAST_TRIES || performance.now() + pauseMs > this.#deadlineMs) return;
        await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => {});
        continue;
      }
      this.#queue.remove(batch.length);
      this.#failures = 0;
      const lost = delivery.type === "taken" ? Math.min(delivery.rejected, batch.length) : batch.length;
      if (lost > 0) this.#why = delivery.type === "taken" ? "it did not want all of it" : delivery.why;
      this.#lost += lost;
      this.#sent += batch.length - lost;
    }
  }

  #post(batch: readonly string[]): Promise<Delivery> {
    const { url, headers, timeoutMs, sender } = this.#options;
    const body = encodeRequest(sender, batch);
    return within(timeoutMs, [this.#stop.signal], (signal) =>
      postTrace({ url, headers, agent: this.#agent }, body, signal),
    );
  }

  #pauseAfter({ pauseMs }: Extract<Delivery, { type: "later" }>): number {
    const first = this.#deadlineMs === undefined ? FIRST_RETRY_MS : FIRST_LAST_RETRY_MS;
    return Math.min(pauseMs ?? first * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
  }
}
