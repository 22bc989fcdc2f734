// The session as it can be kept: what a learner would miss.
import { collection } from "../session/collection.svelte.ts";
import { kept } from "../session/kept.svelte.ts";
import { lesson } from "../session/lesson.svelte.ts";
import type { Log } from "../session/log.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { scene } from "../session/scene.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { count } from "../lib/format.ts";
import type {
  SavedRun,
  SavedSession,
  SavedSide,
  SavedSource,
} from "../store/saved.ts";
import { source } from "./images.ts";

/** What each log was last kept as, and what it was then. What has not changed is the same object. */
const frozen = new WeakMap<Log, { of: unknown[]; run: SavedRun }>();
/** Likewise of what belongs to the images. */
let present: { of: unknown[]; source: SavedSource } | null = null;

const same = (a: unknown[], b: unknown[]) =>
  a.length === b.length && a.every((one, i) => one === b[i]);

/** What of a log can be kept: all of it if its weights are known, or else what it was when they were. */
function freeze(log: Log, when: number | null): SavedRun | null {
  const whole = log.weights !== null || when !== null || log.error !== null;
  if (!whole && !log.saved) return null;
  const { name, group, source } = log;
  const of: unknown[] = whole
    ? [name, group, source, when, log.stepped, log.drawn, log.checkpoint]
    : [name, group, source, when, log.saved];
  if (whole) of.push(log.map, log.baselines, log.verdict, log.evaluated);
  const last = frozen.get(log);
  if (last && same(last.of, of)) return last.run;
  const run = { ...(whole ? log.freeze() : log.saved!), name, group, when };
  frozen.set(log, { of, run });
  return run;
}

function images(): SavedSource | null {
  if (!session.images || session.count === 0) return null;
  const { files: _, ...now } = source();
  const of = Object.values(now);
  if (!present || !same(present.of, of)) present = { of, source: now };
  return present.source;
}

/** Whether there is anything that could not be had again at once. */
export const isWorth = (): boolean =>
  collection.own ||
  kept.list.length > 0 ||
  runs.live.some(({ log }) => log.saved !== null || log.weights !== null);

export function gather(): SavedSession | null {
  const { a, b } = runs;
  if (!a.settings) return null;
  const all: SavedRun[] = [];
  const places = new Map<Log, number>();
  const put = (log: Log, when: number | null): number | null => {
    const run = freeze(log, when);
    if (run) places.set(log, all.push(run) - 1);
    return run && all.length - 1;
  };
  const failed: number[] = [];
  const side = (run: Run): SavedSide => {
    const at = run.log.started && put(run.log, null);
    // It cannot be gone on with: it is one of those that were.
    const over = run.log.error !== null && at !== null;
    if (over) failed.push(at);
    const running = run.state === "running" || run.preparing;
    return { settings: run.settings!, run: over ? null : at, running };
  };
  const live = runs.beside === "live" && b.settings !== null;
  const sides = { a: side(a), b: live ? side(b) : null };
  const others = kept.list.flatMap(({ log, when }) => put(log, when) ?? []);
  const { now, guess } = lesson;
  const methods = live ? [a, b] : [a];
  return {
    about: {
      methods: methods.map(({ settings }) => settings!.method),
      images: session.count
        ? `${collection.name}, ${count(session.count)}`
        : "",
      step: all[sides.a.run ?? -1]?.stepped?.step ?? 0,
      kept: others.length,
    },
    address: location.search,
    lesson: now && {
      id: now.id,
      guess: guess && now.guesses.findIndex(({ says }) => says === guess.says),
    },
    source: images(),
    ...sides,
    beside: runs.beside,
    besideRun: runs.beside === "kept" ? (places.get(runs.b.log) ?? null) : null,
    kept: [...failed, ...others],
    overlaid: [...kept.overlaid].flatMap(([{ log }, colour]) => {
      const at = places.get(log);
      return at === undefined ? [] : [[at, colour] as [number, number]];
    }),
    space: scene.space,
    runs: all,
  };
}
