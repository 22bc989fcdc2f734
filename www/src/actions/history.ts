// What was chosen before each change, and what was taken back.
import type { Settings, ShapesOptions } from "../protocol.ts";
import { notices } from "../session/notices.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";

/** What a change changes: settings, and how drawn sets are drawn. */
export type Choice = {
  a: Settings;
  /** Null while B does not train. */
  b: Settings | null;
  options: Record<string, ShapesOptions>;
};

const past: Choice[] = [];
const future: Choice[] = [];
let last = { path: "", time: 0 };

const now = (): Choice => ({
  a: runs.a.settings!,
  b: runs.beside === "live" ? runs.b.settings : null,
  options: session.options,
});

/** Notes the settings before a change. The many values of one drag are one change. */
export function remember(path: string): void {
  const time = performance.now();
  if (path !== last.path || time - last.time > 1000) {
    past.push(now());
    if (past.length > 100) past.shift();
  }
  future.length = 0;
  last = { path, time };
  notices.touched = path;
}

/** What was chosen before the last change, or before that was taken back; what is chosen now is kept. */
export function recall(direction: "back" | "forth"): Choice | undefined {
  const [from, to] = direction === "back" ? [past, future] : [future, past];
  const choice = runs.a.ready ? from.pop() : undefined;
  if (!choice) return undefined;
  to.push(now());
  last = { path: "", time: 0 };
  notices.touched = "";
  return choice;
}
