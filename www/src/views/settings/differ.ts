// What one run does differently from another, in the words of the table of settings.
import { at, leaves, tidy } from "../../lib/paths.ts";
import type { Row, Settings } from "../../protocol.ts";
import { told } from "./rows.ts";

export type Difference = { label: string; value: string };

/** Settings of `to` that `from` has not. The method is not among them; of another method, the knobs are those
 * that are not as it begins with. */
export function differ(
  table: Row[],
  from: Settings,
  to: Settings,
): Difference[] {
  const same = from.method === to.method;
  return leaves(to).flatMap(([path, value]) => {
    const row = table.find(
      (row) =>
        row.path === path && (row.method === null || row.method === to.method),
    );
    if (!row || path === "method") return [];
    const before =
      row.method === null || same ? at(from, path) : tidy(row.default);
    return value === before
      ? []
      : [{ label: row.label, value: told(row, value) }];
  });
}
