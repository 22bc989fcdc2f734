// What a step asks of the GPU, and a visitor of the network: counted, for times say little here.
import { gzipSync } from "node:zlib";
import { openCrate } from "./crate.ts";
import { expect, test } from "./fixtures.ts";

type Run = {
  take_views(pixels: Float32Array): void;
  learn(): void;
  loss(): Promise<number>;
};
type Counts = Record<
  "dispatches" | "buffers" | "readBytes" | "writeBytes",
  number
>;

test("a SimCLR step is a few dispatches, makes no buffer and reads nothing back", async ({
  page,
}) => {
  await openCrate(page);
  const calls = await page.evaluate(async () => {
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
    const [images, side] = [4, 32];
    const wanted = JSON.stringify(settings("webgpu", images));
    const run = await program.Run.open(wanted, 2 * images);
    run.take_views(
      new Float32Array(2 * images * 3 * side * side).map((_, i) =>
        Math.abs(Math.sin(i)),
      ),
    );
    // The pool of buffers grows for some steps.
    for (let i = 0; i < 12; i++) run.learn();
    await run.loss();
    const before = { ...counts };
    for (let i = 0; i < 12; i++) run.learn();
    const calls: Counts = since(before, 12);
    // What is queued reaches the GPU before the loss is read.
    await run.loss();
    return { ...calls, dispatches: since(before, 12).dispatches };
  });
  console.log(`    of a step: ${JSON.stringify(calls)}`);
  expect(calls.dispatches).toBeGreaterThan(50);
  expect(calls.dispatches).toBeLessThanOrEqual(150);
  expect(calls.buffers).toBe(0);
  expect(calls.readBytes).toBe(0);
  expect(calls.writeBytes).toBeLessThan(20_000);
});

/** What the wasm came to when this was set, with room for a feature; to be lowered with it. */
const WASM = 4_000_000;

test("the wasm has not grown", async ({ page, request }) => {
  const asked = page.context().waitForEvent("request", {
    predicate: (request) => request.url().endsWith(".wasm"),
  });
  await page.goto("./");
  const response = await request.get((await asked).url());
  expect(response.headers()["content-type"]).toBe("application/wasm");
  const size = gzipSync(await response.body(), { level: 9 }).length;
  console.log(`    the wasm is ${size} bytes, gzip`);
  expect(size).toBeGreaterThan(500_000);
  expect(size).toBeLessThan(WASM);
});
