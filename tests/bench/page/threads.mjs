// The worker of our learner with threads, and that of each further thread.
import * as threads from "../../../www/src/threads.ts";
import { start } from "./ours.mjs";
import { settings } from "./workload.mjs";

// First of all: a message that finds no listener is lost.
const task = await threads.message(self);
const crate = await import("/ours-threads/references.js");
if ("memory" in task) await threads.follow(task, crate);
else await open(task);

async function open({ images, views }) {
  const count = threads.possible();
  if (count < 2) throw new Error("there is but one processor, or no isolation");
  const further = threads.spawn(count);
  await start(crate, "/ours-threads/references_relaxed.wasm");
  await threads.lead(further, crate, "deaths of threads");
  const run = await crate.Run.open(JSON.stringify(settings("cpu", images)), 8);
  run.take_views(views);
  self.addEventListener("message", async () => {
    run.learn();
    self.postMessage(await run.loss());
  });
  self.postMessage({ threads: count });
}
