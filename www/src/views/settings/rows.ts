// What the table's rows are to the page.
import { brief } from "../../lib/format.ts";
import { at, type Value } from "../../lib/paths.ts";
import type { Panel, Row } from "../../protocol.ts";

/** The rows that a panel draws, under their headings. */
export function groups(
  rows: Row[],
  panel: Panel,
): { title: string; rows: Row[] }[] {
  const here = rows.filter((row) => row.panel === panel);
  const titles = [...new Set(here.map(({ group }) => group))];
  return titles.map((title) => ({
    title,
    rows: here.filter(({ group }) => group === title),
  }));
}

/** Whether a setting has no effect as the others are. */
export function isIdle({ idle }: Row, settings: unknown): boolean {
  return (
    idle !== null && idle.values.includes(`${at(settings, idle.path) ?? ""}`)
  );
}

/** The ends of a number's slider and the distance of its values; null if it is no number. */
export function range(kind: Row["kind"]) {
  if (kind.type === "number") return { ...kind, whole: false };
  return kind.type === "count" ? { ...kind, step: 1, whole: true } : null;
}

/** The values that are offered one by one; null if all are. */
export function offers({ kind, unit }: Row) {
  if (kind.type === "choice") return kind.options;
  if (kind.type !== "count" || kind.offered.length === 0) return null;
  return kind.offered.map((number) => ({
    value: `${number}`,
    label: `${number} ${unit}`.trim(),
  }));
}

/** A value as its control says it. */
export function told({ kind, unit }: Row, value: Value): string {
  if (kind.type === "choice") {
    return kind.options.find((option) => option.value === value)?.label ?? "–";
  }
  if (typeof value === "boolean")
    return value ? /* @wc-include */ "on" : /* @wc-include */ "off";
  if (value === null) return /* @wc-include */ "automatic";
  return `${brief(Number(value))} ${unit}`.trim();
}
