// The crate in a page of its own, without a worker: what `tests/wasm` offers of it.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";

const here = import.meta.dirname;

/** Files by the folder that the page asks for. */
const FOLDERS: Record<string, string> = {
  references: resolve(here, "out/references"),
  bench: resolve(here, "../bench/page"),
};

/** Opens an empty page in which `window.program` is what the wasm exports. */
export async function openCrate(page: Page): Promise<void> {
  await page.route(/\/(references|bench)\//, async (route) => {
    const [, folder, name] = new URL(route.request().url()).pathname.match(
      /(references|bench)\/([^/]*)$/,
    )!;
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
    const body = await readFile(resolve(FOLDERS[folder], name));
    await route.fulfill({ contentType: type, body });
  });
  await page.goto("./references/");
  await page.evaluate(async () => {
    const at = (name: string) => new URL(name, location.href);
    const program = await import(at("references.js").href);
    const module_or_path = at("references_bg.wasm");
    // See www/src/worker.ts: before anything else.
    (await program.default({ module_or_path })).__wasm_call_ctors();
    Object.assign(window, { program });
  });
}
