// The threads of the CPU path: workers of the same script, whose wasm shares one memory.

/** What a further thread is told before all else. */
export type Thread = {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Name of the channel on which to tell of its death. */
  deaths: string;
};

/** What wasm-bindgen makes of a core with threads. */
type Threaded = {
  default(from: {
    module_or_path: WebAssembly.Module;
    memory: WebAssembly.Memory;
  }): Promise<unknown>;
  shared(): [WebAssembly.Module, WebAssembly.Memory];
  start_threads(count: number): void;
  run_thread(): void;
};

/** More than this many gain little: the work of a step is cut into few pieces. */
const MOST = 8;

/** How many threads this browser lets a worker have. */
export const possible = () =>
  crossOriginIsolated ? Math.min(navigator.hardwareConcurrency, MOST) : 1;

/** Workers for `count` threads but the first, which load this script meanwhile. */
export const spawn = (count: number) =>
  Array.from(
    { length: count - 1 },
    () => new Worker(self.location.href, { type: "module" }),
  );

/** Makes this worker, in which `core` has just been loaded, the first thread; `further` are the others. */
export async function lead(
  further: Worker[],
  core: unknown,
  deaths: string,
): Promise<void> {
  const { shared, start_threads } = core as Threaded;
  const [module, memory] = shared();
  const ready = further.map((worker) => message(worker));
  for (const worker of further) {
    worker.postMessage({ module, memory, deaths } satisfies Thread);
  }
  await Promise.all(ready);
  start_threads(further.length + 1);
}

/** Makes this worker a further thread. It does not come back. */
export async function follow(thread: Thread, core: unknown): Promise<void> {
  const { default: init, run_thread } = core as Threaded;
  await init({ module_or_path: thread.module, memory: thread.memory });
  self.postMessage("ready");
  try {
    run_thread();
  } catch (error) {
    // The first thread waits for this one, and hears nothing meanwhile: so to the page.
    new BroadcastChannel(thread.deaths).postMessage(
      `a thread has died: ${error}`,
    );
  }
}

/** The first message to, or from, a worker. */
export function message<T>(from: EventTarget): Promise<T> {
  return new Promise((resolve) => {
    const take = (event: Event) => resolve((event as MessageEvent<T>).data);
    from.addEventListener("message", take, { once: true });
  });
}
