// The files that cannot be used, as a list to be read, copied or saved.
import type { Skipped } from "../../protocol.ts";

/** Files with one reason. */
export type Group = { reason: string; names: string[] };

/** Files by their reasons, in the order in which those came up. */
export function byReason(skipped: readonly Skipped[]): Group[] {
  const groups = new Map<string, string[]>();
  for (const { name, reason } of skipped) {
    const names = groups.get(reason) ?? [];
    names.push(name);
    groups.set(reason, names);
  }
  return [...groups].map(([reason, names]) => ({ reason, names }));
}

/** All of them, a line each. Whatever is in a name, it stays in its line. */
export const asText = (skipped: readonly Skipped[]): string =>
  skipped
    .map(({ name, reason }) => `${oneLine(name)}\t${oneLine(reason)}\n`)
    .join("");

const oneLine = (text: string) => text.replace(/\p{Cc}/gu, "\ufffd");
