// The threads of the CPU path: workers of the same script, whose wasm shares one memory.
import type { Start, Threads } from "./cores.ts";
import { load, reserve } from "./load.ts";
import { within } from "../lib/within.ts";

/** What a further thread is told before all else. */
export type Thread = {
  script: string;
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  deaths: Threads["deaths"];
};

/** What the script of a core with threads exports. */
type Threaded = {
  default(from: {
    module_or_path: WebAssembly.Module;
    memory: WebAssembly.Memory;
  }): Promise<unknown>;
  shared(): [WebAssembly.Module, WebAssembly.Memory];
  start_threads(count: number): void;
  run_thread(): void;
};

/** Milliseconds in which further threads must be there, once the wasm is. */
const START = 10_000;

/** What a further thread says when it is there. */
const READY = "ready";

/** Makes this worker the first of several threads. Fails without a trace if the others cannot be had. Tells
 * when it begins to make them, and when it has. */
export async function lead<T>(
  { files, count, deaths }: Threads,
  making: (now: boolean) => void,
): Promise<T> {
  const further: Worker[] = [];
  try {
    const memory = files.memory && reserve(files.memory, true);
    // They load their script meanwhile.
    making(true);
    try {
      // Their address says what they are, to whoever looks at all workers.
      const address = new URL("#thread", self.location.href);
      while (further.length < count - 1) {
        further.push(new Worker(address, { type: "module" }));
      }
    } finally {
      making(false);
    }
    const all = Promise.all(further.map(answer));
    all.catch(() => {});
    const core = await load<T & Threaded>(files, memory);
    const [module, shared] = core.shared();
    const { script } = files;
    for (const worker of further) {
      const thread: Thread = { script, module, memory: shared, deaths };
      worker.postMessage(thread);
    }
    await within(START, () => all);
    core.start_threads(count);
    return core;
  } catch (error) {
    for (const worker of further) worker.terminate();
    throw error;
  }
}

/** Waits until a further thread is there. */
function answer(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<typeof READY | Start>) => {
      if (data === READY) resolve();
      else if ("failed" in data) reject(new Error(data.failed));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || "a worker could not be loaded"));
    };
  });
}

/** Makes this worker a further thread. It does not come back. */
export async function follow(thread: Thread): Promise<void> {
  const { script, module, memory, deaths } = thread;
  const core: Threaded = await import(/* @vite-ignore */ script);
  await core.default({ module_or_path: module, memory });
  self.postMessage(READY);
  try {
    core.run_thread();
  } catch (error) {
    // The first thread waits for this one, and hears nothing meanwhile: so to the page.
    new BroadcastChannel(deaths).postMessage(`a thread has died: ${error}`);
  }
}
