/** Waits for all. Where one fails, `stop` is aborted with its reason, which is thrown once the others have ended. */
export async function allOrNone<Result>(
  all: readonly Promise<Result>[],
  stop: AbortController,
): Promise<Result[]> {
  try {
    return await Promise.all(all);
  } catch (error) {
    stop.abort(error);
    await Promise.allSettled(all);
    throw error;
  }
}
