// Many images looked at: embedded, drawn, scored.
import { median } from "../lib/numbers.mjs";
import { short } from "../lib/report.mjs";

const IMAGES = 10_000;
/** Each takes long, and noise is a small part of it. */
const ROUNDS = 3;

const PARTS = {
  embed: "embedding, a width of 16",
  project: "PCA of h",
  score: "kNN of h, in full",
};

export default async function ({ report, options, crate }) {
  report.section("scale", `${IMAGES.toLocaleString("en")} images, on the CPU`);
  await crate.open("scale", { backend: "cpu" }, IMAGES);
  const took = [];
  for (let round = 0; round < Math.min(ROUNDS, options.rounds); round++) {
    took.push(await crate.time("scale", ...Object.keys(PARTS)));
  }
  await crate.free("scale");
  const rows = Object.entries(PARTS).map(([part, about]) => ({
    part,
    about,
    ms: median(took.map((each) => each[part])),
  }));
  report.table(rows, {
    "": (row) => row.about,
    ms: (row) => short(row.ms),
    "us an image": (row) => short((1000 * row.ms) / IMAGES),
  });
}
