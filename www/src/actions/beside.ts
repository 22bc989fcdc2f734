// What stands beside A.
import { Client } from "../core/client.ts";
import { at, differences, merge, nest, type Value } from "../lib/paths.ts";
import type { Settings } from "../protocol.ts";
import type { Kept } from "../session/kept.svelte.ts";
import {
  runs,
  SHARED,
  threadsOfB,
  type Baseline,
} from "../session/runs.svelte.ts";
import { scene } from "../session/scene.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { begin, reset, retire, started } from "./run.ts";
import { chooseMethod } from "./settings.ts";

const { a, b } = runs;

/** Puts a baseline beside A; what trained there ends. */
export function besideBaseline(beside: Baseline): void {
  runs.beside = beside;
  void retire(b);
  runs.share();
}

/** The kept run that was last asked for. */
let wanted: Kept | null = null;

/** Puts a kept run beside A; what trained there ends, and is kept too. */
export async function besideKept(kept: Kept): Promise<void> {
  wanted = kept;
  runs.beside = "kept";
  runs.share();
  await retire(b);
  if (runs.beside === "kept" && wanted === kept) b.recall(kept.log);
}

/** Has a second run train beside A, with A's settings but for those of `change`. It goes if A does. */
export async function besideLive(
  change: [string, Value][] = [],
): Promise<void> {
  if (!a.settings) return;
  if (runs.beside === "live") return;
  runs.beside = "live";
  const went = trains();
  b.settings = null;
  const client = new Client(a.settings.backend, threadsOfB());
  b.open(client);
  client.on("configured", () => runs.onbeside());
  runs.share();
  b.send({ type: "watch", space: scene.space });
  await give(differ(a.settings, change));
  if (runs.beside !== "live" || session.count === 0) return;
  // Who has pressed Play meanwhile has asked for it already.
  if (started(b) || b.preparing || b.state === "running") return;
  // A short run may have ended before B was there to go along.
  if (trains() || (went && a.state === "done")) begin(b);
  else if (a.log.started) reset(b);
}

/** Whether A trains, or is about to. */
const trains = () => a.preparing || a.state === "running";

/** Two methods, one click: they train side by side. */
export async function versus(one: string, other: string): Promise<void> {
  await chooseMethod(a, one);
  await besideMethod(other);
}

/** Has a method train beside A, whatever stands there now. */
export async function besideMethod(id: string): Promise<void> {
  await besideLive([["method", id]]);
  await chooseMethod(b, id);
}

/** B gets the images of A, and settings. */
async function give(settings: Settings): Promise<void> {
  const { client } = b;
  const { images } = session;
  if (!client) return;
  await client.ask(
    images && images.names.length > 0
      ? { type: "restore", images, settings, checkpoint: null }
      : { type: "configure", settings },
  );
}

/** A's images have changed, which was set as in `before`: B gets them too, keeps what it does differently, and
 * trains at once if A `goes`. */
export async function followImages(
  before: Settings | null,
  goes: boolean,
): Promise<void> {
  if (runs.beside !== "live" || !a.settings || !b.settings) return;
  const own = before ? differences(before, b.settings) : [];
  await give(differ(a.settings, own));
  b.ended = null;
  if (goes) begin(b);
}

/** Settings with changes; of another method, the knobs are its own. */
function differ(settings: Settings, changes: [string, Value][]): Settings {
  const method = new Map(changes).get("method");
  const other = method !== undefined && method !== settings.method;
  const base = other ? { ...settings, knobs: {} } : settings;
  return changes
    .filter(([path]) => !SHARED.includes(path))
    .reduce((all, [path, value]) => merge(all, nest(path, value)), base);
}

/** What B does differently, as far as it trains: settings that are not A's, and all knobs that are not as its
 * method has them if that is another. */
export function differing(): [string, Value][] {
  if (runs.beside !== "live" || !a.settings || !b.settings) return [];
  const same = a.settings.method === b.settings.method;
  return differences(
    same ? a.settings : { ...a.settings, knobs: b.plain!.knobs },
    b.settings,
  );
}

/** The same in words. */
export function difference(): string {
  return differing()
    .map(([path, value]) =>
      path === "method"
        ? `${a.card?.title} | ${b.card?.title}`
        : `${b.name(path)} ${at(a.settings, path) ?? "–"} | ${value}`,
    )
    .join(", ");
}
