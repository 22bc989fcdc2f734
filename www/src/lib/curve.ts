// What curves are drawn from, and read as.
import type uPlot from "uplot";
import { smooth, type Series } from "./series.ts";

/** A line: a column of a series, and how it is drawn. */
export type Line = {
  series: Series;
  column: string;
  label: string;
  colour: string;
  dash: number[];
};

/** A horizontal line to compare with. */
export type Level = {
  label: string;
  colour: string;
  dash: number[];
  value: number;
};

/** What the lines are at a step, in their order; null where one has nothing there. */
export type At = { step: number; values: (number | null)[] };

type How = {
  /** 0 leaves the values as they are; else each line comes twice, raw and smoothed. */
  smoothing: number;
  /** Whether only what is above 0 can be drawn. */
  log: boolean;
  level: Level[];
};

/** Steps, then the values of each line, then the levels. Lines of one series follow each other. */
export function table(
  lines: Line[],
  { smoothing, log, level }: How,
): uPlot.AlignedData {
  const fit = (value: number) =>
    Number.isFinite(value) && (!log || value > 0) ? value : null;
  const own = ({ series, column }: Line): (number | null)[][] => {
    const raw = series.columns[column] ?? [];
    const shown = smoothing > 0 ? [raw, smooth(raw, smoothing)] : [raw];
    // A column may be shorter than its series, by what is still to come.
    return shown.map((values) => series.steps.map((_, i) => fit(values[i]!)));
  };
  const several = [...new Set(lines.map(({ series }) => series))];
  const tables = several.map((series) => [
    series.steps,
    ...lines.filter((line) => line.series === series).flatMap(own),
  ]);
  const joined = tables.length === 1 ? tables[0]! : align(tables);
  const [steps = []] = joined as [number[]];
  const flat = level.map(({ value }) => steps.map(() => fit(value)));
  return [...joined, ...flat] as uPlot.AlignedData;
}

/** Tables of several series as one, over all their steps. */
function align(tables: (number | null)[][][]): (number | null)[][] {
  const all = new Set(tables.flatMap(([steps]) => steps as number[]));
  const steps = [...all].sort((a, b) => a - b);
  const columns = tables.flatMap(([own, ...columns]) => {
    const place = new Map(own!.map((step, i) => [step, i]));
    return columns.map((column) =>
      steps.map((step) => {
        const i = place.get(step);
        return i === undefined ? null : column[i]!;
      }),
    );
  });
  return [steps, ...columns];
}

/** Places of at most `most` of `length` rows, evenly apart, the last among them. */
export function spaced(length: number, most: number): number[] {
  if (length <= most) return Array.from({ length }, (_, i) => i);
  const apart = (length - 1) / (most - 1);
  return Array.from({ length: most }, (_, i) => Math.round(i * apart));
}
