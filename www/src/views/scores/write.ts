// Readings as the page writes them.
import { brief, percent } from "../../lib/format.ts";
import type { ReadingCard, Unit, Value } from "../../protocol.ts";

/** A number in its unit; of a list the first. */
export function write(value: Value | null | undefined, unit: Unit): string {
  const first = Array.isArray(value) ? value[0] : value;
  if (first === null || first === undefined) return "–";
  return unit === "share" || unit === "shares" ? percent(first) : brief(first);
}

/** A mean with its spread, to as many places: the unit stands once. */
export function writeSpread(
  mean: number,
  deviation: number,
  unit: Unit,
): string {
  const [whole, own] = [write(mean, unit), write(deviation, unit)];
  if (whole.endsWith(" %")) return `${whole.slice(0, -2)} ± ${own}`;
  const places = [whole, own].map((text) => /\.(\d+)$/.exec(text)?.[1]?.length);
  const most = Math.min(3, Math.max(...places.map((count) => count ?? 0)));
  return `${mean.toFixed(most)} ± ${deviation.toFixed(most)}`;
}

/** What a reading is, and when it misleads. */
export function explain({ about, misleads, better }: ReadingCard): string {
  const way = better
    ? ` ${better === "high" ? "Higher" : "Lower"} is better.`
    : "";
  return `${about}${way} ${misleads}`;
}

/** The columns of a table of readings, each beside its baseline. */
export const columns = (): {
  id: "h" | "z" | "untrained" | "untrainedZ" | "pixels";
  label: string;
  about: string;
}[] => [
  { id: "h", label: "h", about: "The representation now" },
  { id: "z", label: "z", about: "The embedding now" },
  {
    id: "untrained",
    label: "h before",
    about: "h of the same network before its first step",
  },
  {
    id: "untrainedZ",
    label: "z before",
    about: "z of the same network before its first step",
  },
  {
    id: "pixels",
    label: /* @wc-include */ "pixels",
    about: "No network at all",
  },
];
