/**
 * Does work with a signal that is aborted with the given ones, and after some time. In Node.js 20 the signal of
 * `AbortSignal.timeout` may be collected as garbage before its time when nobody holds it but `AbortSignal.any`.
 */
export async function within<Result>(
  ms: number,
  signals: readonly AbortSignal[],
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = new AbortController();
  const timer = setTimeout(
    () => limit.abort(new DOMException(`No answer within ${ms / 1000} s`, "TimeoutError")),
    ms,
  );
  try {
    return await work(AbortSignal.any([...signals, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}
