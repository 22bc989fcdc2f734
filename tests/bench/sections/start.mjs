// From the address to the first step, and what is downloaded for it.
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { address, launch } from "../../browser/launch.mjs";
import { median } from "../lib/numbers.mjs";
import { here } from "../lib/paths.mjs";
import { kilobytes, short } from "../lib/report.mjs";

/** Each cold start is a browser of its own. */
const ROUNDS = 5;
/** Steps trained in a visit. */
const STAY = 120;
const BUILT = resolve(here, "../../www/dist");

export default async function ({ report, options }) {
  report.section("start", "from the address to the first step, on the CPU");
  const rounds = Math.min(ROUNDS, options.rounds);
  // From the second on, threads compute: their wasm is another, so only the third finds it compiled.
  const visits = { first: [], second: [], third: [] };
  let files;
  for (let round = 0; round < rounds; round++) {
    const profile = await mkdtemp(join(tmpdir(), "twoviews-bench-"));
    const context = await chromium.launchPersistentContext(profile, {
      ...launch({ webgpu: false }),
      viewport: { width: 1280, height: 900 },
    });
    try {
      const page = context.pages()[0];
      await page.addInitScript(pressStep);
      files = await requested(page, async () => {
        visits.first.push(await visit(page));
      });
      await stay(page);
      visits.second.push(await visit(page));
      await stay(page);
      visits.third.push(await visit(page));
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  }
  const rows = Object.entries(visits).map(([number, times]) => ({
    number,
    visible: median(times.map((each) => each.visible)),
    interactive: median(times.map((each) => each.interactive)),
    first: median(times.map((each) => each.first)),
    visitors: rounds,
  }));
  report.table(rows, {
    visit: (row) => row.number,
    "first paint, ms": (row) => short(row.visible),
    "Step can be pressed": (row) => short(row.interactive),
    "first step done": (row) => short(row.first),
    visitors: (row) => String(row.visitors),
  });
  report.note("loopback, uncompressed; Step is pressed as soon as it can be");
  report.note(
    `before the next visit ${STAY} steps are trained, as visitors do`,
  );
  await sizes(report, files);
}

/** Runs in the page: presses Step as soon as that is possible, and tells when what happened. */
function pressStep() {
  window.moments = new Promise((resolve) => {
    const moments = {};
    const timer = setInterval(() => {
      const step = [...document.querySelectorAll("button")].find(
        (button) => button.textContent.trim() === "Step",
      );
      if (!step || step.disabled) return;
      clearInterval(timer);
      moments.interactive = performance.now();
      window.twoviews.on("stepped", ({ step }) => {
        if (step < 1) return;
        moments.first ??= performance.now();
        const [paint] = performance.getEntriesByName("first-contentful-paint");
        moments.visible = paint?.startTime ?? null;
        resolve(moments);
      });
      step.click();
    }, 2);
  });
}

async function visit(page) {
  await page.goto(`${address}?backend=cpu`);
  return page.evaluate(() => window.moments);
}

/** Trains until the browser has optimised the wasm, and lets it keep what it has compiled. */
async function stay(page) {
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(
    (steps) => window.twoviews.snapshot().step >= steps,
    STAY,
    { timeout: 120_000 },
  );
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  // V8 keeps the code two seconds after the last function was optimised, and tells nobody.
  await page.waitForTimeout(4000);
}

/** Paths of the files that the page asks for while `work` goes on. */
async function requested(page, work) {
  const paths = new Set();
  const note = (request) => {
    const { pathname } = new URL(request.url());
    paths.add(pathname === "/" ? "index.html" : pathname.slice(1));
  };
  page.context().on("request", note);
  await work();
  page.context().off("request", note);
  return paths;
}

async function sizes(report, files) {
  const names = await readdir(BUILT, { recursive: true, withFileTypes: true });
  const rows = [];
  for (const entry of names.filter((entry) => entry.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const file = path.slice(BUILT.length + 1);
    const bytes = await readFile(path);
    const brotli = brotliCompressSync(bytes, {
      // As `cargo xtask build` prints them; the last percent, at 11, takes a minute.
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 9,
        [constants.BROTLI_PARAM_LGWIN]: 24,
      },
    });
    rows.push({
      file,
      raw: bytes.length,
      gzip: gzipSync(bytes, { level: 9 }).length,
      brotli: brotli.length,
      atStart: files.has(file),
    });
  }
  const sum = (name, some) => ({
    file: name,
    ...Object.fromEntries(
      ["raw", "gzip", "brotli"].map((kind) => [
        kind,
        some.reduce((total, row) => total + row[kind], 0),
      ]),
    ),
  });
  const small = rows.filter((row) => extname(row.file) === ".woff2");
  const large = rows.filter((row) => !small.includes(row));
  console.log("\n   what is downloaded; * by the first step");
  report.table(
    [
      ...large.sort((a, b) => b.raw - a.raw),
      sum("fonts of formulas", small),
      sum("all", rows),
      sum(
        "by the first step",
        rows.filter((row) => row.atStart),
      ),
    ],
    {
      file: (row) => (row.atStart ? `${row.file} *` : row.file),
      raw: (row) => kilobytes(row.raw),
      gzip: (row) => kilobytes(row.gzip),
      brotli: (row) => kilobytes(row.brotli),
    },
  );
}
