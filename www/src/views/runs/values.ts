// The values of a setting that a learner writes down, apart by commas.
import type { Row } from "../../protocol.ts";
import { range } from "../settings/rows.ts";

/** Fewest and most repeats for values of a setting. */
export const FEWEST = 2;
export const MOST = 5;

/** The numbers of a text, or what is wrong with it. */
export function numbers(row: Row, text: string): number[] | string {
  const ends = range(row.kind);
  const words = text.split(/[\s,;]+/).filter((word) => word !== "");
  const values = [...new Set(words.map(Number))];
  if (!ends || values.some((value) => !Number.isFinite(value))) {
    return "Numbers only, apart by commas";
  }
  const { min, max, whole } = ends;
  const outside = values.find((value) => value < min || value > max);
  if (outside !== undefined) {
    return `${outside} is not from ${min} to ${max}`;
  }
  const broken = whole && values.find((value) => !Number.isInteger(value));
  if (typeof broken === "number") return `${broken} is no whole number`;
  return values;
}

/** Why there are not as many values as can be tried, or null. */
export const few = (count: number): string | null =>
  count < FEWEST || count > MOST
    ? `${FEWEST} to ${MOST} different values`
    : null;
