// The reference cases on a core whose functions were split off at random, beside the same core in one
// piece: every number, bit for bit.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { openFolders } from "./crate.ts";
import { expect, test } from "./fixtures.ts";

type Program = {
  prepare(): Promise<void>;
  files(): string[];
  agree(name: string, text: string): Promise<string>;
};
type Opened = { program: Program; loads: number };

/** Opens a core in one piece (`ours`) or split; returns the names of its files of cases. */
async function openCore(page: Page, folder: "ours" | "split") {
  await openFolders(page);
  return page.evaluate(async (folder) => {
    const url = (name: string) =>
      new URL(`/${folder}/harness${name}`, location.href).href;
    const opened = window as unknown as Opened;
    opened.loads = 0;
    if (folder === "split") {
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
    }
    const program = await import(url(".js"));
    const wasm = await program.default({ module_or_path: url("_bg.wasm") });
    // See www/src/core/worker.ts: before anything else.
    wasm.__wasm_call_ctors();
    await program.prepare();
    opened.program = program;
    return opened.program.files();
  }, folder);
}

test("a core split at random computes the same, bit for bit", async ({
  page,
}) => {
  test.setTimeout(1_800_000);
  const digests: Record<string, Record<string, string>> = {};
  for (const folder of ["ours", "split"] as const) {
    const names = await openCore(page, folder);
    expect(names.length).toBeGreaterThan(1);
    for (const name of names) {
      const path = resolve(import.meta.dirname, `../reference/${name}.json`);
      const told = await page.evaluate(
        ([name, text]) =>
          (window as unknown as Opened).program.agree(name, text),
        [name, await readFile(path, "utf8")] as const,
      );
      const { ran, failures, digest } = JSON.parse(told);
      expect(failures, name).toEqual([]);
      expect(ran, name).toBeGreaterThan(0);
      (digests[name] ??= {})[folder] = digest;
    }
  }
  expect(await page.evaluate(() => (window as unknown as Opened).loads)).toBe(
    1,
  );
  for (const [name, { ours, split }] of Object.entries(digests)) {
    expect(split, name).toBe(ours);
  }
});
