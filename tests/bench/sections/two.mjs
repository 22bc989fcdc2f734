// Two runs side by side, each a worker of the shipped page: how long an epoch of both takes.
import { isIdle } from "../lib/machine.mjs";
import { median } from "../lib/numbers.mjs";
import { short, times } from "../lib/report.mjs";
import { openShipped } from "../lib/shipped.mjs";

/** At its defaults a run on so many images has eight steps an epoch. */
const IMAGES = 512;
/** Epochs in which the browser optimises the wasm. */
const WARM = 2;
const ALL = "all";

/** Who trains, each with how many threads. */
const MODES = {
  "one run, one thread": [1],
  "two runs, one thread each": [1, 1],
  "one run, all threads": [ALL],
};
/** How much longer the two may take; two native processes take 1.6 times as long as one where this was set. */
const LIMITS = { "one run, one thread": 1.7, "one run, all threads": 2.1 };

export default async function (bench) {
  const { report, options } = bench;
  report.section("two", "an epoch of two runs side by side, on the CPU");
  const { page, close } = await openShipped({
    backend: "cpu",
    set: "shapes",
    "shapes.count": 64,
  });
  try {
    const worker = page.workers().find((each) => /\/worker-/.test(each.url()));
    const all = await page.evaluate(open, [worker.url(), IMAGES]);
    const took = Object.fromEntries(
      Object.keys(MODES).map((mode) => [mode, []]),
    );
    for (let round = 0; round < WARM + options.rounds; round++) {
      // In turn, so that noise falls on all alike.
      for (const [mode, threads] of Object.entries(MODES)) {
        const counts = threads.map((count) => (count === ALL ? all : count));
        const ms = await page.evaluate(
          (counts) => window.epoch(counts),
          counts,
        );
        if (round >= WARM) took[mode].push(ms);
      }
    }
    const same = await page.evaluate(() => window.agree());
    if (!same) report.fault("runs with one seed have different losses");
    tell(bench, took);
  } finally {
    await close();
  }
}

function tell({ report, others }, took) {
  const two = took["two runs, one thread each"];
  const rows = Object.entries(took).map(([mode, ms]) => ({
    mode,
    ms: median(ms),
    least: Math.min(...ms),
    most: Math.max(...ms),
    ratio: median(two.map((both, round) => both / ms[round])),
    limit: LIMITS[mode] ?? null,
  }));
  report.table(rows, {
    "": (row) => row.mode,
    "ms, median": (row) => short(row.ms),
    least: (row) => short(row.least),
    most: (row) => short(row.most),
    "two to this": (row) => times(row.ratio),
    limit: (row) => times(row.limit),
  });
  for (const { mode, ratio, limit } of rows) {
    if (limit === null || ratio <= limit) continue;
    const text = `two runs take ${short(ratio)} times as long as ${mode}, not ${limit}`;
    // Who shares its processors measures others too.
    if (isIdle(others)) report.fault(text);
    else report.note(`${text}; but others were at work`);
  }
}

/**
 * Runs in the page: begins two runs on so many images, with all its threads each, and returns how many
 * that are. Then `window.epoch(counts)` trains the first ones for an epoch, with so many threads each, and
 * tells how many milliseconds that took; `window.agree()`, whether their losses do, as far as both went.
 */
async function open([script, images]) {
  const list = performance
    .getEntriesByType("resource")
    .find(({ name }) => name.endsWith("cores.json")).name;
  const { cores } = await (await fetch(list)).json();
  const complete = (files) => {
    const named = { ...files };
    for (const part of ["script", "wasm", "relaxed", "rest"]) {
      if (files[part]) named[part] = new URL(files[part], list).href;
    }
    return named;
  };
  const count = navigator.hardwareConcurrency;
  if (count < 2 || !crossOriginIsolated || !cores.threads) {
    throw new Error("there is but one processor, or no isolation, or no core");
  }

  async function run() {
    const worker = new Worker(script, { type: "module" });
    const losses = [];
    let heard = () => {};
    worker.onmessage = ({ data }) => {
      if (data.type === "stepped") {
        losses.push(...data.losses.map(({ total }) => total));
      }
      heard(data);
    };
    const send = (command) => worker.postMessage(command);
    /** The first event that is wanted. */
    const event = (wanted) =>
      new Promise((resolve, reject) => {
        heard = (data) => {
          const trouble = data.alone ?? data.failed ?? data.error;
          if (trouble) reject(new Error(trouble));
          else if (wanted(data)) resolve();
        };
      });
    const deaths = `deaths of a run ${Math.random()}`;
    const core = complete(cores.cpu);
    const threads = { files: complete(cores.threads), count, deaths };
    send({ core, threads, cpu: "it is asked for" });
    await event(({ type }) => type === "ready");
    send({ type: "configure", settings: { backend: "cpu" } });
    send({ type: "loadSet", set: "shapes", options: { count: images } });
    send({ type: "start" });
    await event(({ type }) => type === "map");
    return {
      losses,
      async epoch(count) {
        send({ type: "threads", count });
        send({ type: "epoch" });
        await event(({ state }) => state === "paused");
        const end = performance.now();
        // At rest it looks at the network and is saved: after that it is idle.
        const rest = event(({ type }) => type === "checkpoint");
        return { end, rest };
      },
    };
  }
  const runs = [await run(), await run()];

  window.epoch = async (counts) => {
    const start = performance.now();
    const done = counts.map((count, i) => runs[i].epoch(count));
    const ended = await Promise.all(done);
    await Promise.all(ended.map(({ rest }) => rest));
    return Math.max(...ended.map(({ end }) => end)) - start;
  };
  window.agree = () => {
    const [a, b] = runs.map(({ losses }) => losses);
    const both = Math.min(a.length, b.length);
    return both > 0 && a.slice(0, both).join() === b.slice(0, both).join();
  };
  return count;
}
