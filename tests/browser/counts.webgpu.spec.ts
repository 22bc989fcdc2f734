// What a step asks of the GPU, and a visitor of the network: counted, for times say little here.
import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { openCrate } from "./crate.ts";
import { expect, test } from "./fixtures.ts";

type MeasuredRun = {
  make_views(): void;
  learn(): void;
  loss(): Promise<number>;
};
type Counts = Record<
  "dispatches" | "buffers" | "readBytes" | "writeBytes",
  number
>;

/**
 * What making two views of `images` images asks for, a step on them, and both in turn: the mean of
 * `times`. Settings are those of the benchmark but for `change`.
 */
async function counted(
  page: Page,
  images: number,
  times: number,
  change: object = {},
): Promise<Record<"both" | "views" | "step", Counts>> {
  await openCrate(page);
  const given = { images, times, change };
  return await page.evaluate(async ({ images, times, change }) => {
    const at = (name: string) => new URL(name, location.href).href;
    const { counts, since, watch } = await import(at("../bench/gpu.mjs"));
    const { settings } = await import(at("../bench/workload.mjs"));
    watch();
    const { program } = window as unknown as {
      program: {
        MeasuredRun: {
          open(settings: string, images: number): Promise<MeasuredRun>;
        };
      };
    };
    const wanted = { ...settings("webgpu", images), ...change };
    const run = await program.MeasuredRun.open(
      JSON.stringify(wanted),
      2 * images,
    );
    const count = async (part: () => void): Promise<Counts> => {
      const before = { ...counts };
      for (let i = 0; i < times; i++) part();
      const calls = since(before, times);
      // What is queued reaches the GPU before the loss is read.
      await run.loss();
      return { ...calls, dispatches: since(before, times).dispatches };
    };
    const both = () => {
      run.make_views();
      run.learn();
    };
    // The pool of buffers grows for some steps.
    for (let i = 0; i < times; i++) both();
    await run.loss();
    return {
      // What the pool holds depends on the order: here it is that of a run.
      both: await count(both),
      views: await count(() => run.make_views()),
      step: await count(() => run.learn()),
    };
  }, given);
}

test("a SimCLR step and its views are a few dispatches, make no buffer, read nothing back", async ({
  page,
}) => {
  // Few views: the calls of a step do not depend on how many.
  const { both, views, step } = await counted(page, 4, 12);
  console.log(`    of two views: ${JSON.stringify(views)}`);
  console.log(`    of a step on them: ${JSON.stringify(step)}`);
  console.log(`    of both, in turn: ${JSON.stringify(both)}`);
  expect(both.buffers).toBe(0);
  expect(both.readBytes).toBe(0);
  // Made anew, means for the contrast, colours changed.
  expect(views.dispatches).toBe(2 * 3);
  expect(views.writeBytes).toBeLessThan(60_000);
  expect(step.dispatches).toBeGreaterThan(50);
  expect(step.dispatches).toBeLessThanOrEqual(150);
  expect(step.writeBytes).toBeLessThan(20_000);
});

test("a step that compares 1,024 views uploads no matrix of all pairs", async ({
  page,
}) => {
  const small = { size: 16, encoder: { width: 4 } };
  const { step } = await counted(page, 512, 1, small);
  console.log(`    of a step on many views: ${JSON.stringify(step)}`);
  // A mask of 1,024 x 1,024 would be 4 MB; the columns of the pairs are indices, and in all 0.05.
  expect(step.writeBytes).toBeGreaterThan(4 * 1024);
  expect(step.writeBytes).toBeLessThan(100_000);
});

/** What a first visit may load of the core, gzip: what it came to, with room for a feature. The last ones,
 * eighteen readings, the verdict and what suits images, took 70 kB. */
const WASM = { cpu: 1_400_000, webgpu: 2_450_000 };

for (const [backend, most] of Object.entries(WASM)) {
  test(`the wasm for ${backend} has not grown`, async ({ page, request }) => {
    const asked = page.context().waitForEvent("request", {
      predicate: (request) => request.url().endsWith(".wasm"),
    });
    await page.goto(`./?backend=${backend}`);
    const response = await request.get((await asked).url());
    expect(response.headers()["content-type"]).toBe("application/wasm");
    const size = gzipSync(await response.body(), { level: 9 }).length;
    console.log(`    the wasm is ${size} bytes, gzip`);
    expect(size).toBeGreaterThan(500_000);
    expect(size).toBeLessThan(most);
  });
}
