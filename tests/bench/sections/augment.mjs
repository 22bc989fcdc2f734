// What making the views takes of a step, on the CPU and, as a software GPU has it, on WebGPU.
import { median } from "../lib/numbers.mjs";
import { percent, short } from "../lib/report.mjs";

const IMAGES = 256;

const KINDS = {
  "as by default": {},
  "network twice as wide": { encoder: { width: 32 } },
  "network half as wide": { encoder: { width: 8 } },
  "the same, WebGPU": { backend: "webgpu", encoder: { width: 8 } },
  "images of 64": { size: 64 },
  "every augmentation": {
    augment: { blur: { probability: 0.5 }, solarise: { probability: 0.2 } },
  },
};

export default async function ({ report, options, crate }) {
  report.section("augment", "augmentation beside the whole step of SimCLR");
  const took = {};
  for (const [kind, settings] of Object.entries(KINDS)) {
    await crate.open(kind, { backend: "cpu", ...settings }, IMAGES);
    await crate.time(kind, "views", "step");
    took[kind] = [];
  }
  for (let round = 0; round < options.rounds; round++) {
    for (const kind of Object.keys(KINDS)) {
      took[kind].push(await crate.time(kind, "views", "step"));
    }
  }
  const rows = Object.keys(KINDS).map((kind) => {
    const views = median(took[kind].map((each) => each.views));
    const whole = median(took[kind].map((each) => each.views + each.step));
    return { kind, views, whole, share: views / whole };
  });
  for (const kind of Object.keys(KINDS)) await crate.free(kind);
  report.table(rows, {
    "": (row) => row.kind,
    "views, ms": (row) => short(row.views),
    "step, ms": (row) => short(row.whole),
    share: (row) => percent(row.share),
  });
}
