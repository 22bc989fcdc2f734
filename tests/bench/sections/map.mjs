// The map with many points: new places for all of them, and zooming.
import { median } from "../lib/numbers.mjs";
import { short } from "../lib/report.mjs";
import { openShipped, watchLongTasks } from "../lib/shipped.mjs";

/** Points of a map, and how many maps have so many: A's, or those of two runs. */
const CASES = [
  [1000, 1],
  [10_000, 1],
  [20_000, 1],
  [10_000, 2],
];
/** New places that come one after the other, and the milliseconds between them. */
const [MAPS, PAUSE] = [10, 300];
const TURNS = 40;

export default async function ({ report }) {
  report.section(
    "map",
    "frames of the map, and tasks over 50 ms, on the shipped page",
  );
  const rows = [];
  for (const each of CASES) rows.push(...(await measure(...each)));
  report.table(rows, {
    points: (row) => row.points.toLocaleString("en"),
    maps: (row) => String(row.maps),
    while: (row) => row.work,
    "frame, ms": (row) => short(row.median),
    worst: (row) => short(row.worst),
    "long tasks": (row) => String(row.long.length),
    "in all, ms": (row) => short(row.long.reduce((sum, ms) => sum + ms, 0)),
    longest: (row) => short(Math.max(0, ...row.long)),
  });
  report.note("a session sends fewer points; these are sent in its place");
}

async function measure(count, maps) {
  const beside = maps > 1 ? { b: "live", "b.method": "vicreg" } : {};
  const { page, close } = await openShipped(
    { backend: "cpu", set: "shapes", "shapes.count": 8, ...beside },
    watchLongTasks,
    prepare,
  );
  const rows = [];
  const row = async (work, done) => {
    await page.evaluate(() => window.watchFrames());
    await done();
    const seen = await page.evaluate(() => window.seen());
    rows.push({
      points: count,
      maps,
      work,
      median: median(seen.frames),
      worst: Math.max(...seen.frames),
      long: seen.long,
    });
  };
  await page.waitForFunction((maps) => window.runs.length === maps, maps);
  // What the page does when it opens is not about the number of images.
  await page.waitForTimeout(2000);
  await row("images load", () =>
    page.evaluate(async (count) => {
      const loaded = new Promise((resolve) => {
        window.twoviews.on("loaded", resolve);
      });
      const options = { count };
      window.twoviews.send({ type: "loadSet", set: "shapes", options });
      await loaded;
      // What the page makes of them takes a moment longer.
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }, count),
  );
  const move = () =>
    page.evaluate(
      async ([count, maps, pause]) => {
        for (let step = 0; step < maps; step++) {
          window.sendMap(count, step);
          await new Promise((resolve) => setTimeout(resolve, pause));
        }
      },
      [count, MAPS, PAUSE],
    );
  await row("points move", move);
  await row("zooming", async () => {
    const map = page.getByRole("img", { name: "Embedding map A" });
    await map.scrollIntoViewIfNeeded();
    await map.click();
    for (let turn = 0; turn < TURNS; turn++) {
      await page.mouse.wheel(0, turn < TURNS / 2 ? -60 : 60);
    }
    await page.waitForTimeout(300);
  });
  await page.getByRole("radio", { name: "images" }).check({ force: true });
  await row("images move", move);
  await close();
  return rows;
}

/** Runs in the page before anything else. */
function prepare() {
  const Original = window.Worker;
  /** The workers that train. */
  window.runs = [];
  window.Worker = class extends Original {
    constructor(...given) {
      super(...given);
      if (/\/worker-/.test(given[0])) window.runs.push(this);
    }
  };
  /** Tells the page what these workers would: new places of all images. */
  window.sendMap = (count, step) => {
    const points = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) {
      const turn = i * 2.399963 + step / 5;
      const far = 1.4 * Math.sqrt(i / count);
      points[2 * i] = far * Math.cos(turn);
      points[2 * i + 1] = far * Math.sin(turn);
    }
    const data = {
      run: "a",
      type: "map",
      step,
      space: "h",
      images: Array.from({ length: count }, (_, i) => i),
      partial: false,
      points: new Uint8Array(points.buffer),
      reach: 1.4,
      explained: 0.5,
    };
    for (const worker of window.runs) {
      worker.dispatchEvent(new MessageEvent("message", { data }));
    }
  };

  let frames = [];
  let last = 0;
  const note = (now) => {
    if (last) frames.push(now - last);
    last = now;
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
  window.watchFrames = () => {
    frames = [];
    window.long.length = 0;
  };
  window.seen = () => ({ frames, long: [...window.long] });
}
