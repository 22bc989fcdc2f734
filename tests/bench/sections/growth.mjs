// How the time grows with what is turned up: slopes on log axes.
import { median, slope } from "../lib/numbers.mjs";
import { short } from "../lib/report.mjs";
import { openShipped } from "../lib/shipped.mjs";

const IMAGES = 256;
const STEPS = {
  batch: {
    values: [16, 32, 64, 128, 256],
    settings: (batch) => ({ train: { batch } }),
  },
  size: { values: [16, 32, 64, 96], settings: (size) => ({ size }) },
  width: {
    values: [4, 8, 16, 32, 64],
    settings: (width) => ({ encoder: { width } }),
  },
};
const ROUNDS = 5;
const SETS = [256, 512, 1024, 2048, 4096];

export default async function ({ report, options, crate }) {
  report.section(
    "growth",
    "time against size, on the CPU; slope 1: in proportion",
  );
  const rounds = Math.min(ROUNDS, options.rounds);
  const rows = [];
  for (const [what, { values, settings }] of Object.entries(STEPS)) {
    const took = await stepTimes(crate, values, settings, rounds);
    rows.push({ what: `a step, by ${what}`, values, ms: took });
  }
  const epochs = [];
  for (const count of SETS) epochs.push(await epochTime(count));
  rows.push({ what: "an epoch, by images", values: SETS, ms: epochs });
  for (const row of rows) row.slope = slope(row.values, row.ms);
  report.table(rows, {
    "": (row) => row.what,
    slope: (row) => short(row.slope),
    "ms at each": (row) =>
      row.values.map((value, i) => `${value}: ${short(row.ms[i])}`).join(", "),
  });
}

/** Median times of whole steps of SimCLR, taken in turn. */
async function stepTimes(crate, values, settings, rounds) {
  const took = values.map(() => []);
  for (const [i, value] of values.entries()) {
    await crate.open(i, { backend: "cpu", ...settings(value) }, IMAGES);
    await crate.time(i, "views", "step");
  }
  for (let round = 0; round < rounds; round++) {
    for (const i of values.keys()) {
      const { views, step } = await crate.time(i, "views", "step");
      took[i].push(views + step);
    }
  }
  for (const i of values.keys()) await crate.free(i);
  return took.map(median);
}

/** From the first press of Play to the end of an epoch on the shipped page, with all it shows. */
async function epochTime(count) {
  const { page, close } = await openShipped({
    backend: "cpu",
    "encoder.width": 8,
    "train.epochs": 1,
    set: "shapes",
    "shapes.count": count,
  });
  const took = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        let start = 0;
        window.twoviews.on("state", ({ state }) => {
          if (state === "paused" && !start) {
            start = performance.now();
            window.twoviews.send({ type: "resume" });
          }
          if (state === "done") resolve(performance.now() - start);
          if (state === "failed") reject(new Error("the run has failed"));
        });
        window.twoviews.send({ type: "start" });
      }),
  );
  await close();
  return took;
}
