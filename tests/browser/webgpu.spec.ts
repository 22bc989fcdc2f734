// WebGPU, on the software adapter: slow, but the same code as on a real one.
import type { Page } from "@playwright/test";
import {
  drawer,
  button,
  checkpoint,
  cards,
  choose,
  curve,
  expect,
  isTraining,
  open,
  snapshot,
  test,
  untilStep,
  watchCards,
  says,
  tries,
} from "./fixtures.ts";
import { built, late } from "./host.ts";

const SMALL = {
  size: 16,
  "encoder.width": 4,
  "train.batch": 8,
  "train.epochs": 100,
  // From the first step on, the weights move.
  "train.warmup": 0,
  set: "shapes",
  "shapes.count": 16,
};

/** Has the training worker run `script` before its own: whatever is done to it later may come too late. */
const first = (script: string) => async (path: string) =>
  /\/worker-.*\.js$/.test(path) ? `${script}${await built(path)}` : null;

/** Methods that are followed further, over steps that move the weights. */
const FURTHER = ["simclr", "vicreg"];

test("WebGPU and CPU give the same losses from one seed, for every method", async ({
  page,
}) => {
  await watchCards(page);
  const rest: string[] = [];
  page.context().on("request", (request) => {
    if (request.url().includes("twoviews_rest")) rest.push(request.url());
  });
  const curves: Record<string, number[][]> = {};
  for (const backend of ["cpu", "webgpu"]) {
    await open(page, { ...SMALL, backend });
    const methods = await cards(page);
    test.setTimeout(120_000 + methods.length * 60_000);
    for (const card of methods) {
      const { id } = card;
      await test.step(`${id} on ${backend}`, async () => {
        const start = Date.now();
        await choose(page, card);
        // Kernels that methods share are compiled once, so one page serves all.
        const steps = FURTHER.includes(id) ? 3 : 1;
        const losses = await curve(page, steps);
        expect(await snapshot(page)).toMatchObject({ backend, error: null });
        (curves[id] ??= []).push(losses);
        const took = Date.now() - start;
        console.log(
          `    ${id}, ${backend}: ${losses.join(", ")} in ${took} ms`,
        );
      });
    }
  }
  expect(
    rest,
    "a method calls what crates/wasm-post/seldom.txt splits off: run `cargo xtask seldom`",
  ).toEqual([]);
  for (const [id, [cpu, gpu]] of Object.entries(curves)) {
    for (const [i, loss] of gpu.entries()) {
      expect(Number.isFinite(loss), id).toBe(true);
      // Relative to its size; small losses as they are.
      const apart = Math.abs(loss - cpu[i]) / Math.max(1, Math.abs(cpu[i]));
      expect(apart, `${id}, step ${i + 1}`).toBeLessThan(1e-5);
    }
  }
});

test("auto refuses the software adapter, and says so", async ({ page }) => {
  tries("gpu");
  await open(page, { ...SMALL, backend: "auto" });
  await button(page, "Step").click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  expect((await snapshot(page)).backend).toBe("cpu");
  await says(page, /software/i);
});

test("an adapter of which the browser says nothing is left alone", async ({
  page,
}) => {
  tries("gpu");
  await page.addInitScript("delete GPUAdapter.prototype.info");
  await open(page, { ...SMALL, backend: "auto" });
  await curve(page, 1);
  expect(await snapshot(page)).toMatchObject({ backend: "cpu", error: null });
  await says(page, /does not say what/);
});

/** Has the adapter pass for none of software: the core for WebGPU finds out that the CPU is faster. */
const disguise = (page: Page) =>
  page.addInitScript(() => {
    for (const [key, value] of Object.entries({
      vendor: "true",
      architecture: "true",
      description: "true",
      isFallbackAdapter: false,
    })) {
      Object.defineProperty(GPUAdapterInfo.prototype, key, { value });
    }
  });

test("what is seldom called comes when it is", async ({ page }) => {
  await open(page, { ...SMALL, backend: "cpu" });
  const wanted = await curve(page, 2);
  await disguise(page);
  const rest = page.context().waitForEvent("request", {
    predicate: (request) => /twoviews_rest.*\.wasm$/.test(request.url()),
  });
  await open(page, { ...SMALL, backend: "auto" });
  // The core for the CPU alone may round once where this one rounds twice.
  for (const [i, loss] of (await curve(page, 2)).entries()) {
    expect(loss).toBeCloseTo(wanted[i], 4);
  }
  await rest;
  expect(await snapshot(page)).toMatchObject({ backend: "cpu", error: null });
});

/** Ends the training worker, as a panic does. */
const kill = (page: Page) =>
  page
    .workers()
    .find(isTraining)!
    .evaluate(() => {
      setTimeout(() => {
        throw new Error("killed by the test");
      });
    });

test.describe("after a death", () => {
  test.use({ tolerated: /worker has died|killed by the test/ });

  test("a run that computes on the CPU gets the core that is made for it", async ({
    page,
  }) => {
    await disguise(page);
    await open(page, { ...SMALL, backend: "auto" });
    // Without one, nothing comes back.
    const first = checkpoint(page);
    await curve(page, 1);
    expect(await first).toBe(1);
    await says(page, /in a short trial/);
    await kill(page);
    await says(page, /CPU, \d+ threads/);
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(2);
  });

  test("another sends the run to the CPU, with the core that is made for it", async ({
    page,
  }) => {
    tries("gpu");
    await open(page, { ...SMALL, backend: "webgpu" });
    // Without one, nothing comes back.
    const first = checkpoint(page);
    await curve(page, 1);
    expect(await first).toBe(1);
    const restored = page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          window.twoviews.on("stepped", () => resolve());
        }),
    );
    await kill(page);
    await restored;
    await kill(page);
    await says(page, /CPU, \d+ threads/);
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(2);
    expect(await snapshot(page)).toMatchObject({ backend: "cpu", error: null });
  });
});

test.describe("a page that began without the GPU path", () => {
  // The worker that began is not the one that goes on.
  test.use({ tolerated: /worker has died/i });

  test("fetches it when WebGPU is chosen, and keeps its images", async ({
    page,
  }) => {
    const fetched: string[] = [];
    page.context().on("request", (request) => {
      if (request.url().endsWith(".wasm")) fetched.push(request.url());
    });
    await open(page, { ...SMALL, backend: "cpu" });
    await button(page, "Step").click();
    await expect.poll(async () => (await snapshot(page)).step).toBe(1);
    expect(new Set(fetched).size).toBe(1);
    await page.evaluate(() => {
      const settings = { backend: "webgpu" as const };
      window.twoviews.send({ type: "configure", settings });
    });
    await curve(page, 1);
    expect(new Set(fetched).size).toBe(2);
    expect(await snapshot(page)).toMatchObject({
      backend: "webgpu",
      images: 16,
      error: null,
    });
    await expect(page.getByText(/has stopped/i)).toHaveCount(0);
  });
});

test.describe("a core for WebGPU that comes", () => {
  test.use({ tolerated: /worker has died/i });

  test("is offered and tried, and the run goes on", async ({ page, host }) => {
    const { instead, come } = late("webgpu");
    await disguise(page);
    const url = await host({ instead });
    await open(page, { ...SMALL, backend: "auto" }, url);
    await curve(page, 2);
    await says(page, /still being built/);
    come();
    await button(page, "Use WebGPU").click();
    const more = await drawer(page, "More");
    const tried = more.getByText(/in a short trial/).first();
    await expect(tried).toBeVisible({ timeout: 120_000 });
    await button(page, "Step").click();
    await untilStep(page, 3);
    expect(await snapshot(page)).toMatchObject({
      step: 3,
      images: 16,
      error: null,
    });
  });
});

test.describe("a lost GPU", () => {
  // Chromium reports what was still under way on the device.
  test.use({ tolerated: /worker has died|device|destroyed/i });

  /** Keeps hold of the worker's device, to take it away. */
  const HOLDS = `{
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...options) {
      return (self.taken = await request.apply(this, options));
    };
  }
  `;

  test("is told, and the run goes on from its checkpoint, as often as it got further", async ({
    page,
    host,
  }) => {
    const times = 3;
    tries("gpu", times);
    const url = await host({ instead: first(HOLDS) });
    await open(page, { ...SMALL, backend: "webgpu" }, url);
    let worker = page.workers().find(isTraining)!;
    const kept = checkpoint(page);
    await button(page, "Step").click();
    expect(await kept).toBe(1);
    await button(page, "Play").click();
    for (let time = 1; time <= times; time++) {
      const { step } = await snapshot(page);
      const next = page.waitForEvent("worker", isTraining);
      await worker.evaluate(() => {
        (self as unknown as { taken: GPUDevice }).taken.destroy();
      });
      worker = await next;
      await expect(
        page.getByText(/the GPU has stopped/i).first(),
      ).toBeVisible();
      await untilStep(page, step + 2, 300_000);
      expect((await snapshot(page)).backend).toBe("webgpu");
    }
  });
});

test.describe("a driver that refuses a shader", () => {
  // Chromium reports each use of what it has refused.
  test.use({ tolerated: /kernel|Invalid|shader/i });

  /** Refuses the eighth shader, as a browser refuses one that it cannot read. */
  const REFUSES = `{
    let made = 0;
    const make = GPUDevice.prototype.createShaderModule;
    GPUDevice.prototype.createShaderModule = function (shader) {
      made += 1;
      const code = made === 8 ? "no shader" : shader.code;
      return make.call(this, { ...shader, code });
    };
  }
  `;
  const instead = first(REFUSES);

  test("is noticed before a run begins, which says so", async ({
    page,
    host,
  }) => {
    tries("gpu");
    await open(page, { ...SMALL, backend: "webgpu" }, await host({ instead }));
    await button(page, "Step").click();
    const refusal =
      /WebGPU cannot be used: the adapter refuses .* Choose the CPU/;
    await expect(page.getByText(refusal).first()).toBeVisible();
    expect((await snapshot(page)).step).toBe(0);
  });

  test("has the run go to the CPU by itself, where that may be chosen", async ({
    page,
    host,
  }) => {
    tries("gpu");
    await disguise(page);
    await open(page, { ...SMALL, backend: "auto" }, await host({ instead }));
    await curve(page, 2);
    expect(await snapshot(page)).toMatchObject({ backend: "cpu", error: null });
    await says(page, /the adapter refuses/);
  });
});
