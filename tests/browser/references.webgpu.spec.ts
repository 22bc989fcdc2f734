// On WebGPU: the losses beside those of the authors' code, by the cases that `cargo test` runs on the
// CPU, and views beside those of the CPU.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { openCrate } from "./crate.ts";
import { expect, test } from "./fixtures.ts";

const here = import.meta.dirname;
const cases = process.env.TWOVIEWS_REFERENCE ?? resolve(here, "../reference");

type Summary = { ran: number; failures: string[]; worst: number };
type Program = {
  prepare(): Promise<void>;
  files(): string[];
  agree(name: string, text: string): Promise<string>;
  views_apart(augment: string, side: number): Promise<number>;
};

test("every loss agrees with its references", async ({ page }) => {
  test.setTimeout(900_000);
  await openCrate(page);
  const names = await page.evaluate(async () => {
    const { program } = window as unknown as { program: Program };
    await program.prepare();
    return program.files();
  });
  expect(names.length).toBeGreaterThan(1);
  for (const name of names) {
    const ours = resolve(here, "../reference", `${name}.json`);
    const text = await readFile(resolve(cases, `${name}.json`), "utf8").catch(
      () => readFile(ours, "utf8"),
    );
    const summary: Summary = JSON.parse(
      await page.evaluate(
        ([name, text]) =>
          (window as unknown as { program: Program }).program.agree(name, text),
        [name, text] as const,
      ),
    );
    console.log(
      `    ${name}: ${summary.ran} cases; the largest difference is ${summary.worst.toFixed(2)} of what is allowed`,
    );
    expect(summary.failures, name).toEqual([]);
    expect(summary.ran, name).toBeGreaterThan(0);
  }
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
