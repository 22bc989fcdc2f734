// The crate in a page of its own, without a worker: what `tests/harness` exports of it.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";

const here = import.meta.dirname;

/** Files by the folder that the page asks for. */
const FOLDERS: Record<string, string> = {
  ours: resolve(here, "out/harness"),
  split: resolve(here, "out/harness-split"),
  bench: resolve(here, "../bench/page"),
};

/** Opens an empty page that finds the files of all folders. */
export async function openFolders(page: Page): Promise<void> {
  const inFolder = new RegExp(`/(${Object.keys(FOLDERS).join("|")})/([^/]*)$`);
  await page.route(inFolder, async (route) => {
    const [, folder, name] = new URL(route.request().url()).pathname.match(
      inFolder,
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
  await page.goto("./ours/");
}

/** Opens an empty page in which `window.program` is what the wasm exports. */
export async function openCrate(page: Page): Promise<void> {
  await openFolders(page);
  await page.evaluate(async () => {
    const { load } = await import(
      new URL("/bench/ours.mjs", location.href).href
    );
    Object.assign(window, { program: await load() });
  });
}
