// The training worker: loads the wasm and hands over to it. All else is Rust (`src/platform/web`).
import "../lib/rejections.ts";
import "../lib/trusted.ts";
import type { Choice, Start } from "./cores.ts";
import { Gone, load, mostMemory } from "./load.ts";
import { follow, lead, type Thread } from "./threads.ts";

/** What the script of a core for training exports. */
type Training = { serve(cpu: string | null, memory: number | null): void };

const post = (start: Start) => self.postMessage(start);

// Nothing here waits at the top: of what fails there, WebKit says nothing.
self.addEventListener("message", ({ data }) => void begin(data), {
  once: true,
});

async function begin(task: Choice | Thread): Promise<void> {
  try {
    await ("module" in task ? follow(task) : train(task));
  } catch (error) {
    const { message } = error as Error;
    post({ failed: message, gone: error instanceof Gone });
  }
}

async function train({ core, threads, cpu }: Choice): Promise<void> {
  let alone: string | null = null;
  let script: Training | null = null;
  if (threads) {
    try {
      script = await lead<Training>(threads, (making) => post({ making }));
    } catch (error) {
      alone = `more could not be started: ${(error as Error).message}`;
    }
  }
  script ??= await load<Training>(core);
  post({ alone });
  script.serve(cpu, mostMemory());
}
