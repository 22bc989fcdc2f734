// The losses beside those of the authors' code, on WebGPU: the cases that `cargo test` runs on the CPU.
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
