// The training worker: loads the wasm and hands over to it. All else is Rust (`src/web`).
import "./lib/rejections.ts";
import { relaxedSimd } from "wasm-feature-detect";
import type { Choice } from "./cores.ts";
import { restAt } from "./rest.ts";
import * as threads from "./threads.ts";

// The core with threads is there only if it was built.
const loads = import.meta.glob<typeof import("./wasm/cpu/twoviews.js")>(
  "./wasm/*/twoviews.js",
);
const urls = import.meta.glob<string>("./wasm/*/*.wasm", {
  query: "?url",
  import: "default",
  eager: true,
});
const script = (core: string) => `./wasm/${core}/twoviews.js`;

const task = await threads.message<Choice | threads.Thread>(self);
if ("memory" in task) {
  await threads.follow(task, await loads[script("threads")]!());
} else await train(task);

async function train({ core: asked, cpu, deaths }: Choice): Promise<void> {
  const count =
    asked === "cpu" && loads[script("threads")] ? threads.possible() : 1;
  const name = count > 1 ? "threads" : asked;
  const further = threads.spawn(count);
  const core = await loads[script(name)]!();
  const file = (part: string) => urls[`./wasm/${name}/twoviews_${part}.wasm`];
  const url = ((await relaxedSimd()) && file("relaxed")) || file("bg");
  const wasm = await core.default({ module_or_path: url });
  // The linker wraps every export in the constructors until they have run once, which costs
  // milliseconds a call: this must come before anything else.
  wasm.__wasm_call_ctors();
  // For tests and tools, as `window.twoviews` is.
  Object.assign(self, { wasm });
  const rest = file("rest");
  if (rest) restAt(rest, wasm);
  if (count > 1) await threads.lead(further, core, deaths);
  core.serve(cpu);
}
