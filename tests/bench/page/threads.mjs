// The worker of our learner with threads, and that of each further thread.
import { threadCount } from "../../../www/src/core/cores.ts";
import { follow, lead } from "../../../www/src/core/threads.ts";
import { settings } from "./workload.mjs";

// First of all: a message that finds no listener is lost.
self.addEventListener(
  "message",
  ({ data }) => ("module" in data ? follow(data) : open(data)),
  { once: true },
);

async function open({ images, views }) {
  const count = threadCount();
  if (count < 2 || !crossOriginIsolated) {
    throw new Error("there is but one processor, or no isolation");
  }
  const file = (name) => new URL(`/ours-threads/${name}`, location.href).href;
  const memory = await (await fetch(file("memory.json"))).json();
  const files = {
    script: file("harness.js"),
    wasm: file("harness_relaxed.wasm"),
    memory,
  };
  const crate = await lead({ files, count, deaths: "deaths of threads" });
  const run = await crate.MeasuredRun.open(
    JSON.stringify(settings("cpu", images)),
    8,
  );
  run.take_views(views);
  self.addEventListener("message", async () => {
    run.learn();
    self.postMessage(await run.loss());
  });
  self.postMessage({ threads: count });
}
