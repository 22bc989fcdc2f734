// A long run on the shipped page: what it holds must not grow.
import { kilobytes } from "../lib/report.mjs";
import { openShipped } from "../lib/shipped.mjs";

const STEPS = [100, 500, 1000, 1500, 2000, 2500];
/** As small as a network may be: steps are what counts. */
const TINY = {
  size: 16,
  "encoder.width": 4,
  "train.batch": 4,
  "train.epochs": 1000,
  set: "shapes",
  "shapes.count": 64,
};

export default async function ({ report }) {
  report.section("memory", "what a run holds, looks and snapshots and all");
  const rows = [];
  for (const backend of ["cpu", "webgpu"]) rows.push(...(await run(backend)));
  report.table(rows, {
    backend: (row) => row.backend,
    step: (row) => row.step.toLocaleString("en"),
    "wasm, kB": (row) => kilobytes(row.memory),
    "buffers made": (row) => String(row.made),
    alive: (row) => String(row.alive),
    "alive, kB": (row) => kilobytes(row.bytes),
  });
  report.note("alive: not destroyed, and not yet collected");
}

async function run(backend) {
  const { page, close } = await openShipped(
    { backend, ...TINY },
    { content: `(${around})(${JSON.stringify(`(${watch})();`)})` },
  );
  await page.getByRole("button", { name: "Play", exact: true }).click();
  const rows = [];
  for (const step of STEPS) {
    await page.waitForFunction(
      (step) => window.twoviews.snapshot().step >= step,
      step,
      { timeout: 3_600_000, polling: 100 },
    );
    const [worker] = page.workers();
    rows.push({ backend, step, ...(await worker.evaluate(() => self.held())) });
  }
  await close();
  return rows;
}

/** Runs in the page: has each worker begin with `script`. */
function around(script) {
  const type = "text/javascript";
  const first = URL.createObjectURL(new Blob([script], { type }));
  window.Worker = class extends Worker {
    constructor(url, options) {
      // Not imported when it runs: the worker would lose messages that come meanwhile.
      const both = [first, String(url)].map(
        (each) => `import ${JSON.stringify(each)};`,
      );
      super(URL.createObjectURL(new Blob(both, { type })), options);
    }
  };
}

/** Runs in the worker: `self.held()` tells of the buffers of the GPU, and the wasm's memory. */
function watch() {
  const held = { made: 0, alive: 0, bytes: 0 };
  const leave = (size) => {
    held.alive--;
    held.bytes -= size;
  };
  const collected = new FinalizationRegistry(leave);
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (about) {
    const buffer = createBuffer.call(this, about);
    held.made++;
    held.alive++;
    held.bytes += about.size;
    collected.register(buffer, about.size, buffer);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  GPUBuffer.prototype.destroy = function () {
    if (collected.unregister(this)) leave(this.size);
    destroy.call(this);
  };
  self.held = async () => {
    for (let turn = 0; turn < 3; turn++) {
      self.gc();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return { ...held, memory: self.wasm.memory.buffer.byteLength };
  };
}
