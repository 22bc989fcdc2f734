// The losses beside those of the authors' code, on WebGPU: the cases that `cargo test` runs on the CPU.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "./fixtures.ts";

const here = import.meta.dirname;
const program = resolve(here, "out/references");
const cases = process.env.TWOVIEWS_REFERENCE ?? resolve(here, "../reference");

type Summary = { ran: number; failures: string[]; worst: number };
type Program = {
  default(from: {
    module_or_path: URL;
  }): Promise<{ __wasm_call_ctors(): void }>;
  prepare(): Promise<void>;
  files(): string[];
  agree(name: string, text: string): Promise<string>;
};

test("every loss agrees with its references", async ({ page }) => {
  test.setTimeout(900_000);
  await page.route("**/references/**", async (route) => {
    const name = new URL(route.request().url()).pathname.split("/").pop()!;
    if (name === "") {
      await route.fulfill({
        contentType: "text/html",
        body: "<!doctype html>",
      });
      return;
    }
    const type = name.endsWith(".wasm")
      ? "application/wasm"
      : "text/javascript";
    const body = await readFile(resolve(program, name));
    await route.fulfill({ contentType: type, body });
  });
  await page.goto("./references/");
  const names = await page.evaluate(async () => {
    const at = (name: string) => new URL(name, location.href);
    const program: Program = await import(at("references.js").href);
    const module_or_path = at("references_bg.wasm");
    (await program.default({ module_or_path })).__wasm_call_ctors();
    await program.prepare();
    Object.assign(window, { program });
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
