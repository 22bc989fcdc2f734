// A peer's page, `?peer=tfjs-wasm`: `window.bench` opens the peer and makes it step.
import { counts, since, watch } from "./gpu.mjs";
import { read } from "./tensors.mjs";

watch();
const [library, backend] = new URLSearchParams(location.search)
  .get("peer")
  .split("-");

let step;

window.bench = {
  /** Takes up images and weights; returns what there is to know of the peer. */
  async open(start, images) {
    const open = {
      ours: () => import("./ours.mjs"),
      threads: () => import("./threaded.mjs"),
      tfjs: () => import("./tfjs.mjs"),
      jaxjs: () => import("./jaxjs.mjs"),
    };
    const own = backend === "threads" ? "threads" : library;
    const peer = (await open[own]()).default;
    const file = await (await fetch(start)).arrayBuffer();
    const tensors = read(new Uint8Array(file));
    const opened = await peer(backend, tensors, images);
    step = opened.step;
    return opened.about;
  },

  /** One step, until its loss is known; and what it asked of the GPU. */
  async step() {
    const before = { ...counts };
    const start = performance.now();
    const loss = await step(true);
    const ms = performance.now() - start;
    return { ms, loss, calls: since(before, 1) };
  },

  /** What each of some steps asks of the GPU while no loss is read. */
  async count(steps) {
    await step(false);
    const before = { ...counts };
    for (let i = 0; i < steps; i++) await step(false);
    const calls = since(before, steps);
    await step(true);
    return calls;
  },
};
