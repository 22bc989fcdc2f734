// On WebGPU: the losses beside those of the authors' code, by the cases that `cargo test` runs on the
// CPU, the same of a core whose functions were split off at random, and views beside those of the CPU.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { openCrate, openFolders } from "./crate.ts";
import { expect, test } from "./fixtures.ts";

const here = import.meta.dirname;
const cases = process.env.TWOVIEWS_REFERENCE ?? resolve(here, "../reference");

type Summary = {
  ran: number;
  failures: string[];
  worst: number;
  digest: string;
};
type Program = {
  prepare(): Promise<void>;
  files(): string[];
  agree(name: string, text: string): Promise<string>;
  views_apart(augment: string, side: number): Promise<number>;
};
type Opened = { program: Program; loads: number };

/** Opens the core that was split, with its rest to load when it is called. */
async function openSplit(page: Page): Promise<void> {
  await openFolders(page);
  await page.evaluate(async () => {
    const url = (name: string) =>
      new URL(`/split/harness${name}`, location.href).href;
    const opened = window as unknown as Opened;
    opened.loads = 0;
    // The rest may be needed while the core starts, before its script hands out what it exports.
    let first: WebAssembly.Exports;
    const instantiate = WebAssembly.instantiateStreaming;
    WebAssembly.instantiateStreaming = async (...sources) => {
      const made = await instantiate(...sources);
      first = made.instance.exports;
      return made;
    };
    const rest = await WebAssembly.compileStreaming(fetch(url("_rest.wasm")));
    const loadRest = () => {
      opened.loads++;
      new WebAssembly.Instance(rest, {
        first: first as WebAssembly.ModuleImports,
      });
    };
    Object.assign(window, { loadRest });
    const program = await import(url(".js"));
    const wasm = await program.default({ module_or_path: url("_bg.wasm") });
    // See www/src/core/worker.ts: before anything else.
    wasm.__wasm_call_ctors();
    opened.program = program;
  });
}

/** What the core of this page says of all cases, by the names of their files. */
async function agreed(page: Page): Promise<Record<string, Summary>> {
  const names = await page.evaluate(async () => {
    const { program } = window as unknown as Opened;
    await program.prepare();
    return program.files();
  });
  expect(names.length).toBeGreaterThan(1);
  const summaries: Record<string, Summary> = {};
  for (const name of names) {
    const ours = resolve(here, "../reference", `${name}.json`);
    const text = await readFile(resolve(cases, `${name}.json`), "utf8").catch(
      () => readFile(ours, "utf8"),
    );
    const told = await page.evaluate(
      ([name, text]) => (window as unknown as Opened).program.agree(name, text),
      [name, text] as const,
    );
    const summary: Summary = JSON.parse(told);
    expect(summary.failures, name).toEqual([]);
    expect(summary.ran, name).toBeGreaterThan(0);
    summaries[name] = summary;
  }
  return summaries;
}

test("every loss agrees with its references, and split at random it computes the same, bit for bit", async ({
  page,
}) => {
  test.setTimeout(1_800_000);
  await openCrate(page);
  const whole = await agreed(page);
  for (const [name, { ran, worst }] of Object.entries(whole)) {
    console.log(
      `    ${name}: ${ran} cases; the largest difference is ${worst.toFixed(2)} of what is allowed`,
    );
  }
  await openSplit(page);
  const split = await agreed(page);
  expect(
    await page.evaluate(() => (window as unknown as Opened).loads),
    "of the rest",
  ).toBe(1);
  expect(split).toEqual(whole);
});

test("views are those of the CPU", async ({ page }) => {
  await openCrate(page);
  const half = { probability: 0.5 };
  const augment = {
    jitter: { probability: 0.8, hue: 0.5 },
    grey: half,
    blur: half,
    solarise: half,
  };
  const apart = await page.evaluate(async (augment) => {
    const { program } = window as unknown as { program: Program };
    await program.prepare();
    return [
      await program.views_apart(JSON.stringify(augment), 20),
      await program.views_apart("{}", 33),
    ];
  }, augment);
  console.log(
    `    apart: ${apart.map((most) => most.toExponential(1)).join(", ")}`,
  );
  for (const most of apart) expect(most).toBeLessThan(1e-5);
});
