import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

/** Names under which the browser is installed. */
const PROGRAMS = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Keeps the browser from asking anybody for anything. */
const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--no-default-browser-check",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-extensions",
  "--hide-scrollbars",
  "--remote-debugging-pipe",
];

/** What the DevTools protocol answers and tells. */
type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

/** A page in a browser. */
export interface Tab {
  /** Opens a page; resolves when it is loaded. */
  open(url: string): Promise<void>;
  /** What an expression gives in the page, as JSON; it may give a promise. */
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the expression gives
  evaluate(expression: string): Promise<any>;
  /** Presses a key, such as `Tab` or `Enter`. */
  press(key: string, code?: number): Promise<void>;
  /** Sends a command of the DevTools protocol. */
  send(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Shows the page in another size. */
  resize(width: number, height: number): Promise<void>;
  /** Prefers another scheme of colours. */
  prefer(scheme: "dark" | "light"): Promise<void>;
  /** A picture of what is in view, as PNG. */
  screenshot(): Promise<Buffer>;
  /** What the page asked for, but for itself. */
  readonly requests: string[];
  /** What it complained about: exceptions, errors of the console, violations of its policy. */
  readonly complaints: string[];
}

/** A browser with one page. */
export interface Chromium extends AsyncDisposable {
  readonly tab: Tab;
}

/** Starts Chromium with a profile of its own. It is told what to do through a pipe, so it listens at no port. */
export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), "fusion-play-chromium-"));
  const child = await spawnFirst(PROGRAMS, [...FLAGS, `--user-data-dir=${profile}`, "about:blank"]);
  const exited = once(child, "exit");
  const tab = new PipeTab(child.stdio[3] as Writable, child.stdio[4] as Readable);
  const dispose = async (): Promise<void> => {
    // Its helpers are in its group.
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await exited;
    await rm(profile, { recursive: true, force: true, maxRetries: 10 });
  };
  try {
    await tab.attach();
  } catch (error) {
    await dispose();
    throw error;
  }
  return { tab, [Symbol.asyncDispose]: dispose };
}

async function spawnFirst(programs: readonly string[], args: readonly string[]): Promise<ChildProcess> {
  for (const program of programs) {
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      detached: true,
    });
    const started = await Promise.race([
      once(child, "spawn").then(() => true),
      once(child, "error").then(() => false),
    ]);
    if (started) return child;
  }
  throw new Error(`Found none of ${programs.join(", ")}: npm test installs chromium`);
}

class PipeTab implements Tab {
  readonly requests: string[] = [];
  readonly complaints: string[] = [];
  readonly #input: Writable;
  readonly #waiting: Map<number, { resolve(message: Message): void; reject(error: Error): void }> = new Map();
  readonly #listeners: Map<string, () => void> = new Map();
  #session: string | undefined;
  #count = 0;
  #rest: Buffer[] = [];
  #url = "";

  constructor(input: Writable, output: Readable) {
    this.#input = input;
    input.on("error", () => {});
    output.on("data", (chunk: Buffer) => this.#read(chunk));
    output.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Chromium has gone"));
    });
  }

  async attach(): Promise<void> {
    const { targetInfos } = await this.send("Target.getTargets");
    const page = (targetInfos as { type: string; targetId: string }[]).find(({ type }) => type === "page");
    const attached = await this.send("Target.attachToTarget", { targetId: page?.targetId, flatten: true });
    this.#session = attached["sessionId"] as string;
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await this.send(`${domain}.enable`);
  }

  async open(url: string): Promise<void> {
    this.#url = url;
    const loaded = new Promise<void>((resolve) => this.#listeners.set("Page.loadEventFired", resolve));
    const { errorText } = (await this.send("Page.navigate", { url })) as { errorText?: string };
    if (errorText !== undefined) throw new Error(`Cannot open ${url}: ${errorText}`);
    await loaded;
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- whatever the expression gives
  async evaluate(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  }

  async press(key: string, code = 0): Promise<void> {
    const text = key === "Enter" ? { text: "\r" } : {};
    const event = { key, windowsVirtualKeyCode: code };
    await this.send("Input.dispatchKeyEvent", { type: "keyDown", ...event, ...text });
    await this.send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  async resize(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: false };
    await this.send("Emulation.setDeviceMetricsOverride", metrics);
  }

  async prefer(scheme: "dark" | "light"): Promise<void> {
    const features = [{ name: "prefers-color-scheme", value: scheme }];
    await this.send("Emulation.setEmulatedMedia", { features });
  }

  async screenshot(): Promise<Buffer> {
    const { data } = await this.send("Page.captureScreenshot", { format: "png" });
    return Buffer.from(String(data), "base64");
  }

  send(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#count;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, {
        resolve: ({ result, error }) => {
          if (error === undefined) resolve(result ?? {});
          else reject(new Error(`${method}: ${error.message}`));
        },
        reject,
      });
      this.#input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  #read(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, start)) {
      this.#rest.push(chunk.subarray(start, end));
      const text = Buffer.concat(this.#rest).toString("utf8");
      this.#rest = [];
      start = end + 1;
      this.#take(JSON.parse(text) as Message);
    }
    this.#rest.push(chunk.subarray(start));
  }

  #take({ id, method, params, ...answer }: Message): void {
    if (id !== undefined) {
      this.#waiting.get(id)?.resolve(answer);
      this.#waiting.delete(id);
      return;
    }
    if (method === undefined) return;
    this.#listeners.get(method)?.();
    if (method === "Network.requestWillBeSent") {
      const { request: { url } = { url: "" } } = params as { request?: { url: string } };
      if (url.split("#")[0] !== this.#url.split("#")[0]) this.requests.push(url);
    }
    if (method === "Runtime.exceptionThrown" || method === "Log.entryAdded") {
      this.complaints.push(JSON.stringify(params));
    }
    if (method === "Runtime.consoleAPICalled" && ["error", "warning"].includes(String(params?.["type"]))) {
      this.complaints.push(JSON.stringify(params));
    }
  }
}
