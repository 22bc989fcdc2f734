// Runs of the crate by name, driven part by part from outside: `window.bench`.
import { counts, since, watch } from "./gpu.mjs";
import { load } from "./ours.mjs";

watch();
const { MeasuredRun, methods } = await load();
const runs = new Map();

/** What can be timed of a run, until it is done. */
const PARTS = {
  views: (run) => {
    run.make_views();
    return run.seen();
  },
  step: (run) => {
    run.learn();
    return run.loss();
  },
  embed: (run) => run.embed(),
  project: (run) => run.project(),
  score: (run) => run.score(),
};

const open = (settings, images) =>
  MeasuredRun.open(JSON.stringify(settings), images);

const bench = {
  methods,

  async weights(settings) {
    const run = await open(settings, 8);
    const bytes = await run.weights();
    run.free();
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  },

  async open(name, settings, images) {
    bench.free(name);
    runs.set(name, await open(settings, images));
  },

  free(name) {
    runs.get(name)?.free();
    runs.delete(name);
  },

  async time(name, parts) {
    const run = runs.get(name);
    const took = {};
    for (const part of parts) {
      const start = performance.now();
      await PARTS[part](run);
      took[part] = performance.now() - start;
    }
    return took;
  },

  async count(name, steps) {
    const run = runs.get(name);
    const step = () => {
      run.make_views();
      run.learn();
    };
    step();
    const before = { ...counts };
    for (let i = 0; i < steps; i++) step();
    const calls = since(before, steps);
    await run.loss();
    return calls;
  },
};
window.bench = bench;
