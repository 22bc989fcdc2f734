// What runs take of memory, beside what the core foresees and refuses by.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { here } from "../lib/paths.mjs";
import { kilobytes } from "../lib/report.mjs";
import { openShipped } from "../lib/shipped.mjs";

/** How far off it may be: over or under. */
const OFF = 0.3;
/** Runs of which all readings are taken: method, size, width, batch, images. */
const READ = [
  "simclr:16:8:8:4096:read",
  "simclr:32:16:8:512:read",
  "simclr:32:32:8:4096:read",
  "simclr:64:16:8:1024:read",
];
/** Runs in the page. */
const WASM = [
  "simclr:32:16:64:512",
  "simclr:32:48:128:512",
  "simclr:64:24:128:512",
];

export default async function ({ report }) {
  report.section("foreseen", "memory that runs take, and what was foreseen");
  const native = await nativeRuns();
  native.push(...(await nativeRuns(...READ)));
  const columns = {
    method: (row) => row.method,
    size: (row) => String(row.size),
    width: (row) => String(row.width),
    batch: (row) => String(row.batch),
    images: (row) => String(row.images),
    "foreseen, kB": (row) => kilobytes(row.foreseen),
    "taken, kB": (row) => kilobytes(row.taken),
    ratio: (row) => (row.foreseen / row.taken).toFixed(2),
  };
  report.table(native, columns);
  for (const row of native) {
    const ratio = row.foreseen / row.taken;
    if (Math.abs(ratio - 1) > OFF) {
      const { method, size, width, batch } = row;
      report.fault(`${method} ${size} ${width} ${batch}: ${ratio.toFixed(2)}`);
    }
  }
  report.note("taken: bytes of the allocator at once, natively");
  const wasm = await nativeRuns(...WASM);
  for (const run of wasm) run.taken = await inPage(run);
  report.table(wasm, columns);
  report.note("taken: what the memory of the wasm has grown to, in the page");
}

/** What the core's example says, a line for each run. */
async function nativeRuns(...runs) {
  const args = ["run", "--locked", "--quiet", "--example", "memory", "--"];
  args.push(...runs);
  const { stdout } = await promisify(execFile)("cargo", args, {
    cwd: resolve(here, "../.."),
    maxBuffer: 1 << 20,
  });
  const [head, ...lines] = stdout.trim().split("\n");
  const names = head.split("\t");
  return lines.map((line) => {
    const cells = line
      .split("\t")
      .map((cell, i) => [names[i], i === 0 ? cell : Number(cell)]);
    return Object.fromEntries(cells);
  });
}

/** What a run of some steps in the page takes. */
async function inPage({ method, size, width, batch, images }) {
  const { page, close } = await openShipped({
    backend: "cpu",
    method,
    size,
    "encoder.width": width,
    "train.batch": batch,
    set: "shapes",
    "shapes.count": images,
  });
  await page.getByRole("button", { name: "Play", exact: true }).click();
  await page.waitForFunction(() => window.twoviews.snapshot().step >= 5, null, {
    timeout: 600_000,
  });
  const [worker] = page.workers();
  const taken = await worker.evaluate(() => self.wasm.memory.buffer.byteLength);
  await close();
  return taken;
}
