// What a step asks of the GPU, and a visitor of the network: counted, for times say little here.
import { gzipSync } from "node:zlib";
import { openCrate } from "./crate.ts";
import { expect, test } from "./fixtures.ts";

type Run = {
  make_views(): void;
  learn(): void;
  loss(): Promise<number>;
};
type Counts = Record<
  "dispatches" | "buffers" | "readBytes" | "writeBytes",
  number
>;

test("a SimCLR step and its views are a few dispatches, make no buffer, read nothing back", async ({
  page,
}) => {
  await openCrate(page);
  const { both, views, step } = await page.evaluate(async () => {
    const at = (name: string) => new URL(name, location.href).href;
    const { counts, since, watch } = await import(at("../bench/gpu.mjs"));
    const { settings } = await import(at("../bench/workload.mjs"));
    watch();
    const { program } = window as unknown as {
      program: {
        Run: { open(settings: string, images: number): Promise<Run> };
      };
    };
    // Few views: the calls of a step do not depend on how many.
    const images = 4;
    const wanted = JSON.stringify(settings("webgpu", images));
    const run = await program.Run.open(wanted, 2 * images);
    const count = async (part: () => void): Promise<Counts> => {
      const before = { ...counts };
      for (let i = 0; i < 12; i++) part();
      const calls = since(before, 12);
      // What is queued reaches the GPU before the loss is read.
      await run.loss();
      return { ...calls, dispatches: since(before, 12).dispatches };
    };
    const both = () => {
      run.make_views();
      run.learn();
    };
    // The pool of buffers grows for some steps.
    for (let i = 0; i < 12; i++) both();
    await run.loss();
    return {
      // What the pool holds depends on the order: here it is that of a run.
      both: await count(both),
      views: await count(() => run.make_views()),
      step: await count(() => run.learn()),
    };
  });
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

/** What a first visit may load of the core, gzip: what it came to, with room for a feature. */
const WASM = { cpu: 1_300_000, webgpu: 2_300_000 };

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
