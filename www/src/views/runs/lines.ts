// What the table of runs says of each.
import { spread, type Spread } from "../../lib/spread.ts";
import type { Measured, ReadingCard } from "../../protocol.ts";
import type { Kept } from "../../session/kept.svelte.ts";
import type { Group, Log } from "../../session/log.svelte.ts";
import type { Run } from "../../session/run.svelte.ts";

/** A row: a run that is there, or one that is kept. */
export type Line = { log: Log; run: Run | null; kept: Kept | null };

/** The readings that have columns: taken while a network trains, and better the higher they are. */
export const columns = (cards: ReadingCard[]): ReadingCard[] =>
  cards.filter(({ live, better }) => live && better === "high");

/** What a run last read of h or z; null if there is nothing. */
export function reading(
  { readings }: Pick<Log, "readings">,
  id: string,
  of: "h" | "z",
): number | null {
  const found: Measured | undefined = readings?.values.find(
    (one) => one.id === id,
  );
  const value = found?.[of];
  return typeof value === "number" ? value : null;
}

/** How much better h is than before training, as a share; null if that is not known. */
export const gain = ({ verdict }: Pick<Log, "verdict">) =>
  verdict?.learned.scores?.gain ?? null;

/** What came of a method. */
export type Result = {
  /** Score of h, from 0 to 1. */
  score: number;
  /** How much that is over the untrained network's. */
  gain: number;
  /** Whether that is more than chance would give. */
  better: boolean;
  steps: number;
};

/** By a method's id, what came of its longest run that has a score. */
export function resultsOf(
  logs: Pick<Log, "readings" | "settings" | "step" | "verdict">[],
  headline: string,
): Map<string, Result> {
  const results = new Map<string, Result>();
  for (const log of logs) {
    const { settings, step: steps, verdict } = log;
    const score = reading(log, headline, "h");
    const change = gain(log);
    if (!settings || score === null || !change) continue;
    if (steps < (results.get(settings.method)?.steps ?? 0)) continue;
    const better = verdict?.learned.state === "better";
    results.set(settings.method, { score, gain: change.value, better, steps });
  }
  return results;
}

/** What a row is sorted by. */
export function key(log: Log, by: string): string | number | null {
  switch (by) {
    case "name":
      return log.name;
    case "method":
      return log.settings?.method ?? null;
    case "steps":
      return log.step;
    case "gain":
      return gain(log)?.value ?? null;
    case "time":
      return log.seconds;
    default: {
      const [id, of] = by.split(" ");
      return reading(log, id!, of as "h" | "z");
    }
  }
}

/** Rows in order; what is not known comes last, either way. */
export function sorted<T>(
  rows: readonly T[],
  of: (row: T) => string | number | null,
  way: "ascending" | "descending",
): T[] {
  const sign = way === "ascending" ? 1 : -1;
  return [...rows].sort((one, other) => {
    const [a, b] = [of(one), of(other)];
    if (a === null || b === null) return +(a === null) - +(b === null);
    return sign * (a < b ? -1 : +(a > b));
  });
}

/** Repeats for several seeds, and what they come to. */
export type Repeats = {
  group: Group;
  logs: Log[];
  /** How many have failed; they are not counted in. */
  failed: number;
};

export function repeats(logs: Log[]): Repeats[] {
  const groups = new Set(logs.flatMap(({ group }) => group ?? []));
  return [...groups]
    .filter(({ seeds }) => seeds)
    .map((group) => {
      const all = logs.filter((log) => log.group === group);
      const good = all.filter(({ error }) => error === null);
      return { group, logs: good, failed: all.length - good.length };
    });
}

/** Mean and spread over repeats. */
export const over = (
  { logs }: Repeats,
  of: (log: Log) => number | null | undefined,
): Spread | null => spread(logs.map(of));
