// No module of the page needs one that needs it. Types are no need: nothing of them is loaded.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "@playwright/test";

const SOURCES = resolve(import.meta.dirname, "../../../www/src");
const IMPORT =
  /^\s*(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"/gm;

/** The modules that a module loads, by their paths under `www/src`. */
export function needs(path: string, text: string): string[] {
  return [...text.matchAll(IMPORT)].map(([, to]) => join(dirname(path), to));
}

/** A way from a module back to itself, or null. */
export function cycle(graph: Map<string, string[]>): string[] | null {
  const done = new Set<string>();
  const walk = (at: string, way: string[]): string[] | null => {
    if (way.includes(at)) return [...way.slice(way.indexOf(at)), at];
    if (done.has(at)) return null;
    for (const next of graph.get(at) ?? []) {
      const found = walk(next, [...way, at]);
      if (found) return found;
    }
    done.add(at);
    return null;
  };
  for (const start of graph.keys()) {
    const found = walk(start, []);
    if (found) return found;
  }
  return null;
}

test("imports of the page go one way", () => {
  const names = readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  const graph = new Map(
    names
      .filter((name) => /\.(ts|svelte)$/.test(name))
      .map((name) => [
        name,
        needs(name, readFileSync(join(SOURCES, name), "utf8")),
      ]),
  );
  expect(graph.size).toBeGreaterThan(50);
  expect(graph.get("main.ts")).toContain("App.svelte");
  for (const [name, all] of graph) {
    for (const one of all) {
      if (!one.endsWith(".css")) expect([...graph.keys()], name).toContain(one);
    }
  }
  expect(cycle(graph)).toBe(null);
});

test("imports are found however they are written, but for types", () => {
  const text = `
    import type { A } from "./type.ts";
    import "../bare.ts";
    import {
      b,
      type C,
    } from "./long.ts";
    export { d } from "./passed.ts";
  `;
  expect(needs("views/a.ts", text)).toEqual([
    "bare.ts",
    "views/long.ts",
    "views/passed.ts",
  ]);
  const graph = { a: ["b"], b: ["c"], c: ["b"] };
  expect(cycle(new Map(Object.entries(graph)))).toEqual(["b", "c", "b"]);
});
