// What was there before each change, and what was taken back.
import type { ImageSet, Settings, ShapesOptions } from "../protocol.ts";
import { collection } from "../session/collection.svelte.ts";
import { kept } from "../session/kept.svelte.ts";
import type { Log } from "../session/log.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";

/** A run, and the settings of its next start. */
type Side = { settings: Settings; log: WeakRef<Log> };

/** What a change changes: settings, images, how drawn sets are drawn, and what runs are there. Runs and images are
 * not held by it: what is kept nowhere else cannot come back, and would only take memory. */
export type Choice = {
  a: Side;
  /** Null while B does not train. */
  b: Side | null;
  options: Record<string, ShapesOptions>;
  images: WeakRef<ImageSet> | null;
};

const past: Choice[] = [];
const future: Choice[] = [];
let last = { path: "", time: 0 };

const side = ({ settings, log }: Run): Side => ({
  settings: settings!,
  log: new WeakRef(log),
});
const now = (): Choice => ({
  a: side(runs.a),
  b: runs.beside === "live" && runs.b.ready ? side(runs.b) : null,
  options: session.options,
  images: session.images && new WeakRef(session.images),
});

/** Notes what is there before a change. The many values of one drag are one change. */
export function remember(path: string): void {
  if (!runs.a.ready) return;
  const time = performance.now();
  const drags = path === last.path && time - last.time <= 1000;
  if (!drags || past.at(-1)?.a.log.deref() !== runs.a.log) {
    past.push(now());
    if (past.length > 100) past.shift();
  }
  future.length = 0;
  last = { path, time };
  notices.touched = path;
}

/** The same before a run makes way: one without a step is not worth it. */
export function rememberRuns(): void {
  if (runs.live.some(({ log }) => log.step > 0)) remember("run");
}

/** What was there before the last change, or before that was taken back; what is there now is kept. */
export function recall(direction: "back" | "forth"): Choice | undefined {
  const [from, to] = direction === "back" ? [past, future] : [future, past];
  const present = now();
  let choice = runs.a.ready ? from.pop() : undefined;
  // A change that came to nothing is none.
  while (choice && same(choice, present)) choice = from.pop();
  if (!choice) return undefined;
  to.push(present);
  last = { path: "", time: 0 };
  notices.touched = "";
  return choice;
}

function same(one: Choice, other: Choice): boolean {
  const alike = (x: Side | null, y: Side | null) => {
    if (!x || !y) return true;
    const [was, is] = [x.log.deref(), y.log.deref()];
    // What is not kept cannot come back.
    const stays = !was || was === is || !kept.find(was)?.whole;
    return stays && said(x.settings) === said(y.settings);
  };
  const [was, is] = [one.images?.deref(), other.images?.deref()];
  return (
    alike(one.a, other.a) &&
    alike(one.b, other.b) &&
    (!was || was === is || collection.before !== was) &&
    said(one.options) === said(other.options)
  );
}

const said = (tree: unknown) => JSON.stringify(tree);
