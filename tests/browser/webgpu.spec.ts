// WebGPU, on the software adapter: slow, but the same code as on a real one.
import type { Page } from "@playwright/test";
import {
  button,
  cards,
  choose,
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

/** Methods that are followed further, over steps that move the weights. */
const FURTHER = ["simclr", "vicreg"];

/** The losses of the first steps from one seed. */
async function curve(page: Page, backend: string, steps: number) {
  await recordLosses(page);
  await button(page, "Reset").click();
  // Until the run begins, the page shows the one before, which had its steps.
  await expect
    .poll(async () => (await snapshot(page)).step, { timeout: 120_000 })
    .toBe(0);
  for (let step = 1; step <= steps; step++) {
    await button(page, "Step").click();
    await expect
      .poll(async () => (await snapshot(page)).step, { timeout: 120_000 })
      .toBe(step);
    await untilState(page, "paused");
  }
  expect(await snapshot(page)).toMatchObject({ backend, error: null });
  const curve = await losses(page);
  expect(curve.length).toBe(steps);
  return curve;
}

test("WebGPU and CPU give the same losses from one seed, for every method", async ({
  page,
}) => {
  await watchCards(page);
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
        const losses = await curve(page, backend, steps);
        (curves[id] ??= []).push(losses);
        const took = Date.now() - start;
        console.log(
          `    ${id}, ${backend}: ${losses.join(", ")} in ${took} ms`,
        );
      });
    }
  }
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
