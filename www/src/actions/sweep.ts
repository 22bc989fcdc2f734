// Repeats A for other seeds or values of a setting, one after the other. Each is kept; then A is as it was.
import { nest, type Value } from "../lib/paths.ts";
import type { Settings } from "../protocol.ts";
import { kept } from "../session/kept.svelte.ts";
import type { Group, Log } from "../session/log.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { sweep, until, type Variant } from "../session/sweep.svelte.ts";
import { plural } from "../lib/format.ts";
import { putBack } from "./keep.ts";
import { begin, obstacle, pause, reset, started } from "./run.ts";
import { configure } from "./settings.ts";

const { a } = runs;

/** Why nothing can be repeated now, or null. */
export function hindrance(): string | null {
  return (
    obstacle() ??
    (runs.beside === "live"
      ? "A second run trains beside A: put something else there first"
      : null)
  );
}

/** A with a setting at each of these values. */
export function variants(path: string, values: Value[]): Variant[] {
  const { settings } = a;
  return values.map((value) => ({
    label: `${a.name(path)} ${value}`,
    settings:
      path === "method"
        ? {
            method: `${value}`,
            knobs: value === settings?.method ? settings.knobs : {},
          }
        : nest(path, value),
  }));
}

export async function repeat(group: Group, all: Variant[]): Promise<void> {
  const before = a.settings;
  if (sweep.now || hindrance() || !before) return;
  const first = a.log;
  sweep.cancelled = false;
  let done = 0;
  for (const [at, { settings }] of all.entries()) {
    sweep.now = { group, variants: all, at };
    const log = await train(settings);
    // What the learner has begun meanwhile goes on.
    if (log && log !== a.log) return end(done);
    if (!log || sweep.cancelled) break;
    log.group = group;
    done++;
  }
  await goBack(before, first);
  end(done);
}

/** Trains with these settings to the end; the run that came of it, or null if none did. */
async function train(change: Variant["settings"]): Promise<Log | null> {
  const answer = await configure(a, change);
  if (answer?.type !== "configured") return null;
  const before = a.log;
  begin(a);
  await started(a);
  const { log } = a;
  if (log === before) return null;
  await until(() => a.log !== log || sweep.cancelled || isOver(log));
  return log;
}

/** Whether all is known of a run that there will be. */
function isOver(log: Log): boolean {
  const judged = log.weights !== null && log.readings?.step === log.step;
  return a.failed !== null || (a.state === "done" && judged);
}

/** A as it was, with its run, if it had one. */
async function goBack(settings: Settings, log: Log): Promise<void> {
  pause([a]);
  const one = kept.find(log);
  if (one?.whole) return putBack(a, one, settings);
  await configure(a, settings);
  if (a.log === log) return;
  reset(a);
  await started(a);
}

function end(done: number): void {
  const { group } = sweep.now!;
  sweep.now = null;
  notices.offer(
    `${group.title}: ${plural(done, ["# run", "# runs"])} of them in the table of runs.`,
    [],
  );
}
