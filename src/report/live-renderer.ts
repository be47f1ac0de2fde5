import { Listr } from "listr2";

/** What is drawn while a run goes on. */
export interface LiveDisplay {
  open(): void;
  close(): void;
}

interface LiveRendererOptions {
  readonly display: LiveDisplay;
}

/**
 * Draws nothing by itself: the renderers that come with listr2 draw every task on every event, which
 * at hundreds of hosts starves the event loop until connections time out.
 */
class LiveRenderer {
  /** The caller has looked at the terminal already. */
  static nonTTY = true;
  static rendererOptions: LiveRendererOptions;
  static rendererTaskOptions: never;
  readonly #display: LiveDisplay;

  constructor(_tasks: unknown, { display }: LiveRendererOptions) {
    this.#display = display;
  }

  render(): void {
    this.#display.open();
  }

  end(): void {
    this.#display.close();
  }
}

/** Shows `display` until `finished` resolves. */
export async function showUntil(display: LiveDisplay, finished: Promise<void>): Promise<void> {
  const list = new Listr([{ task: () => finished }], {
    renderer: LiveRenderer,
    rendererOptions: { display },
    // Its own handler ends the process with 127 before anything was cleaned up.
    registerSignalListeners: false,
  });
  await list.run();
}
