import { request as requestHttp, type Agent, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestHttps } from "node:https";

/** What became of a request. */
export type Delivery =
  /** The collector has the spans, but for some that it did not want. */
  | { readonly type: "taken"; readonly rejected: number }
  /** It may take them another time, after the pause that it asks for. */
  | { readonly type: "later"; readonly why: string; readonly pauseMs: number | undefined }
  /** It will never take them. */
  | { readonly type: "refused"; readonly why: string };

export interface TraceTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
}

/** Answers after which the same is asked again, as OTLP has it. */
const AGAIN: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** So much of an answer is read. */
const ANSWER_LIMIT = 64 * 1024;

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up",
  ETIMEDOUT: "no answer",
};

/**
 * Posts an encoded request of OTLP. Redirects are not followed. Never rejects, and says nothing that the collector
 * or the address has given.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
 */
export function postTrace(target: TraceTarget, body: string, signal: AbortSignal): Promise<Delivery> {
  const { url, headers, agent } = target;
  const content = Buffer.from(body);
  const options: RequestOptions = {
    method: "POST",
    agent,
    signal,
    headers: { ...headers, "content-type": "application/json", "content-length": content.length },
  };
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve(failure(error, signal));
    const send = url.protocol === "https:" ? requestHttps : requestHttp;
    send(url, options, (response) => void readAnswer(response).then(resolve, failed))
      .on("error", failed)
      .end(content);
  });
}

async function readAnswer(response: IncomingMessage): Promise<Delivery> {
  const { statusCode: status = 0, headers } = response;
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    text += chunk;
    if (text.length > ANSWER_LIMIT) break;
  }
  if (status >= 200 && status < 300) return { type: "taken", rejected: rejectedIn(text) };
  if (AGAIN.has(status)) {
    return { type: "later", why: `it answers HTTP ${status}`, pauseMs: pauseOf(headers["retry-after"]) };
  }
  const redirect = status >= 300 && status < 400 ? ", and redirects are not followed" : "";
  return { type: "refused", why: `it answers HTTP ${status}${redirect}` };
}

/** How many spans a collector says it has not taken: `ExportTraceServiceResponse`. */
function rejectedIn(text: string): number {
  try {
    const { partialSuccess } = JSON.parse(text) as { partialSuccess?: { rejectedSpans?: unknown } };
    const count = Number(partialSuccess?.rejectedSpans ?? 0);
    return Number.isSafeInteger(count) && count > 0 ? count : 0;
  } catch {
    return 0;
  }
}

/** Pauses are told in seconds, or as a date, which depends on two clocks and is left aside. */
function pauseOf(seconds: string | undefined): number | undefined {
  return seconds !== undefined && /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

function failure(error: NodeJS.ErrnoException, signal: AbortSignal): Delivery {
  if (signal.aborted) return { type: "later", why: "no answer in time", pauseMs: undefined };
  const code = error.code ?? error.name;
  if (/CERT|SIGNATURE/.test(code))
    return { type: "refused", why: `its certificate is not trusted (${code})` };
  return { type: "later", why: WORDS[code] ?? code, pauseMs: undefined };
}
