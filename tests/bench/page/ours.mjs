// Our own learner, from the crate.
import { settings } from "./workload.mjs";

/** Loads the crate's wasm as the page's worker does. */
export async function load() {
  const crate = await import("/ours/harness.js");
  await start(crate, "/ours/harness_relaxed.wasm");
  return crate;
}

/** Makes a loaded script's wasm ready. */
export async function start(crate, url) {
  const wasm = await crate.default({ module_or_path: url });
  // See www/src/core/worker.ts: before anything else.
  wasm.__wasm_call_ctors();
}

/** A fresh run of the workload; its weights are where all peers start. */
export async function open(backend, images) {
  const { MeasuredRun } = await load();
  return MeasuredRun.open(JSON.stringify(settings(backend, images)), 8);
}

export default async function (backend, tensors, images) {
  const run = await open(backend, images);
  run.take_views(tensors.get("views"));
  return {
    about: {},
    async step(wait) {
      run.learn();
      return wait ? run.loss() : null;
    },
  };
}
