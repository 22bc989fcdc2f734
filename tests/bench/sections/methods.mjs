// A step of each method at its defaults.
import { median } from "../lib/numbers.mjs";
import { short, times } from "../lib/report.mjs";
import { GPU_COLUMNS } from "./step.mjs";

const IMAGES = 512;
/** As small as settings allow: calls are counted, not timed. */
const TINY = {
  backend: "webgpu",
  size: 16,
  encoder: { width: 4 },
  train: { batch: 8 },
};
const COUNTED = 2;

export default async function ({ report, options, crate }) {
  report.section(
    "methods",
    "a step of each method at its defaults, on the CPU",
  );
  const methods = await crate.methods();
  const took = {};
  for (const method of methods) {
    await crate.open(method, { method, backend: "cpu" }, IMAGES);
    await crate.time(method, "views", "step");
    took[method] = [];
  }
  // In turn, so that noise falls on all alike.
  for (let round = 0; round < options.rounds; round++) {
    for (const method of methods) {
      took[method].push(await crate.time(method, "views", "step"));
    }
  }
  for (const method of methods) await crate.free(method);

  const of = (method, part) => median(took[method].map((each) => each[part]));
  const whole = (method) =>
    median(took[method].map(({ views, step }) => views + step));
  const rows = methods.map((method) => ({
    method,
    views: of(method, "views"),
    step: of(method, "step"),
    whole: whole(method),
    toSimclr: whole(method) / whole("simclr"),
  }));
  report.table(rows, {
    method: (row) => row.method,
    "ms, whole": (row) => short(row.whole),
    "to simclr": (row) => times(row.toSimclr),
    views: (row) => short(row.views),
    learning: (row) => short(row.step),
  });
  await countCalls(report, crate, methods);
}

async function countCalls(report, crate, methods) {
  const rows = [];
  for (const method of methods) {
    try {
      await crate.open("tiny", { ...TINY, method }, 2 * TINY.train.batch);
      await crate.time("tiny", "views", "step", "views", "step");
      rows.push({ peer: method, ...(await crate.count("tiny", COUNTED)) });
    } catch (error) {
      report.note(`${method} on WebGPU: ${error.message.split("\n")[0]}`);
      break;
    }
  }
  if (rows.length === 0) return;
  console.log(
    "\n   WebGPU calls of a step, views and all, between two reads, at a tiny size",
  );
  const { peer, views: _, ...columns } = GPU_COLUMNS;
  report.table(rows, { method: peer, ...columns });
}
