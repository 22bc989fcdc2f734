// No module of the page needs one that needs it. Types are no need: nothing of them is loaded.
import { expect, test } from "vitest";

const SOURCES = import.meta.glob<string>(
  ["../src/**/*.{ts,svelte}", "../languages/*.ts"],
  { query: "?raw", import: "default", eager: true },
);
const IMPORT =
  /^\s*(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"/gm;

/** The modules that a module loads, by their paths under `www/src`. */
export function needs(path: string, text: string): string[] {
  const from = new URL(path, "https://src/");
  const way = (to: string) => new URL(to, from).pathname.slice(1);
  return [...text.matchAll(IMPORT)].map(([, to]) => way(to!));
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
  const graph = new Map(
    Object.entries(SOURCES).map(([path, text]) => {
      const name = path.replace(/^\.\.\/(src\/)?/, "");
      return [name, needs(name, text)];
    }),
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
