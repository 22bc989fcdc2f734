/** Comes once the signal says that it is over. */
export const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** What `ask` gives. Fails if that takes longer than `ms`: some browsers have what they never answer. */
export async function within<T>(
  ms: number,
  ask: () => T | PromiseLike<T>,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<never>((_, reject) => {
    const why = new Error(`no answer within ${ms / 1000} s`);
    timer = setTimeout(() => reject(why), ms);
  });
  try {
    return await Promise.race([ask(), late]);
  } finally {
    clearTimeout(timer!);
  }
}
