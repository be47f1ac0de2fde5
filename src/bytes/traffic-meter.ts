/** What went to the other side and came from it, and how often that was waited for. */
export interface TrafficCounts {
  readonly round_trips: number;
  readonly messages_sent: number;
  readonly messages_received: number;
  readonly bytes_sent: number;
  readonly bytes_received: number;
}

/** Counts messages to one host and from it, and waits for them. */
export interface MessageMeter {
  /** A message was sent. */
  asked(): void;
  /** A message has come. */
  told(): void;
  /** Waits for what answers messages that were sent. */
  wait<Result>(answer: Promise<Result>): Promise<Result>;
}

/**
 * Counts what goes to one host and comes from it. A round trip is counted where a wait for an answer begins while
 * nothing else is waited for; what comes after that without having been asked for again is no other one.
 */
export class TrafficMeter implements MessageMeter {
  #roundTrips = 0;
  #messagesSent = 0;
  #messagesReceived = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  /** How many answers are waited for. */
  #waits = 0;
  /** Whether something was sent that nobody has waited for yet. */
  #hasAsked = false;

  /** A message was sent. */
  asked(): void {
    this.#messagesSent++;
    this.#hasAsked = true;
  }

  /** A message has come. */
  told(): void {
    this.#messagesReceived++;
  }

  sent(bytes: number): void {
    this.#bytesSent += bytes;
  }

  received(bytes: number): void {
    this.#bytesReceived += bytes;
  }

  /** Adds round trips that others have counted, or that are known to be made. */
  add(roundTrips: number): void {
    this.#roundTrips += roundTrips;
  }

  /** Adds messages that others have counted. */
  addMessages(sent: number, received: number): void {
    this.#messagesSent += sent;
    this.#messagesReceived += received;
  }

  /** An answer is waited for from now on. */
  begin(): void {
    if (this.#waits++ > 0 || !this.#hasAsked) return;
    this.#roundTrips++;
    this.#hasAsked = false;
  }

  /** It has come, or is waited for no longer. */
  end(): void {
    if (--this.#waits === 0) this.#hasAsked = false;
  }

  /** An answer that was waited for has come, and was answered: now another one is. */
  again(): void {
    if (this.#waits === 0) return;
    this.end();
    this.#hasAsked = true;
    this.begin();
  }

  /** Waits for what answers messages that were sent. */
  async wait<Result>(answer: Promise<Result>): Promise<Result> {
    this.begin();
    try {
      return await answer;
    } finally {
      this.end();
    }
  }

  /** What was counted so far. */
  get counts(): TrafficCounts {
    return {
      round_trips: this.#roundTrips,
      messages_sent: this.#messagesSent,
      messages_received: this.#messagesReceived,
      bytes_sent: this.#bytesSent,
      bytes_received: this.#bytesReceived,
    };
  }
}
