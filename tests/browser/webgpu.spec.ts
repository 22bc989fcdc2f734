// WebGPU, on the software adapter: slow, but the same code as on a real one.
import type { Page } from "@playwright/test";
import {
  button,
  cards,
  expect,
  losses,
  open,
  recordLosses,
  snapshot,
  test,
  untilState,
  watchCards,
} from "./fixtures.ts";

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

/** The losses of a method's first steps on one backend. */
async function curve(
  page: Page,
  method: string,
  backend: string,
  steps: number,
): Promise<number[]> {
  await open(page, { ...SMALL, method, backend });
  await recordLosses(page);
  const start = Date.now();
  for (let step = 1; step <= steps; step++) {
    await button(page, "Step").click();
    await expect
      .poll(async () => (await snapshot(page)).step, { timeout: 120_000 })
      .toBe(step);
    await untilState(page, "paused");
  }
  expect(await snapshot(page)).toMatchObject({ method, backend, error: null });
  const curve = await losses(page);
  expect(curve.length).toBe(steps);
  const took = Date.now() - start;
  console.log(`    ${method}, ${backend}: ${curve.join(", ")} in ${took} ms`);
  return curve;
}

/** How far two losses are apart, for their size; small ones are compared as they are. */
const apart = (a: number, b: number) =>
  Math.abs(a - b) / Math.max(1, Math.abs(b));

for (const method of ["simclr", "vicreg"]) {
  test(`${method}: WebGPU and CPU give the same losses from one seed`, async ({
    page,
  }) => {
    const cpu = await curve(page, method, "cpu", 3);
    const gpu = await curve(page, method, "webgpu", 3);
    for (const [i, loss] of gpu.entries()) {
      expect(apart(loss, cpu[i]), `step ${i + 1}`).toBeLessThan(1e-5);
    }
  });
}

test("every method makes the same step on WebGPU and on the CPU", async ({
  page,
}) => {
  await watchCards(page);
  await open(page, SMALL);
  const methods = await cards(page);
  test.setTimeout(methods.length * 60_000);
  for (const { id } of methods) {
    await test.step(id, async () => {
      const [cpu] = await curve(page, id, "cpu", 1);
      const [gpu] = await curve(page, id, "webgpu", 1);
      expect(Number.isFinite(cpu), id).toBe(true);
      expect(apart(gpu, cpu), id).toBeLessThan(1e-5);
    });
  }
});

test("auto refuses the software adapter, and says so", async ({ page }) => {
  await open(page, { ...SMALL, backend: "auto" });
  await button(page, "Step").click();
  await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  expect((await snapshot(page)).backend).toBe("cpu");
  await expect(page.getByText(/software/i).first()).toBeVisible();
});

test.describe("a lost GPU", () => {
  // Chromium reports what was still under way on the device.
  test.use({ tolerated: /worker has died|device|destroyed/i });

  test("is told, and the run goes on from its checkpoint", async ({ page }) => {
    await open(page, { ...SMALL, backend: "webgpu" });
    const [worker] = page.workers();
    // Keeps hold of the device, to take it away below.
    await worker.evaluate(() => {
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...options) {
        const device = await request.apply(this, options);
        Object.assign(self, { taken: device });
        return device;
      };
    });
    const checkpoint = page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          window.twoviews.on("checkpoint", ({ step }) => resolve(step));
        }),
    );
    await button(page, "Step").click();
    expect(await checkpoint).toBe(1);
    await button(page, "Play").click();
    await worker.evaluate(() => {
      (self as unknown as { taken: GPUDevice }).taken.destroy();
    });
    await expect
      .poll(() => page.workers().includes(worker), { timeout: 120_000 })
      .toBe(false);
    await expect(page.getByText(/the GPU has stopped/i).first()).toBeVisible();
    await expect
      .poll(async () => (await snapshot(page)).step, { timeout: 120_000 })
      .toBeGreaterThan(1);
    expect((await snapshot(page)).backend).toBe("webgpu");
  });
});
