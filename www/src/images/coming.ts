// Files on their way, and what has come of them so far.
import { HIDDEN } from "./again.ts";
import type { Skipped } from "../protocol.ts";
import type { Decoded } from "./decoder.ts";
import type { Found } from "./files.ts";
import type { Entry } from "./known.ts";

/** A file on its way. */
export type Coming = {
  name: string;
  /** Null if it could not even be opened. */
  found: Found | null;
  /** What is there that may be the same. */
  twins: File[];
  /** What has come of it so far: `placed` once its square lies behind the others; null of a zip, whose files
   * have taken its place. */
  decoded?: Decoded | "placed" | null;
};

export const foundIn = ({ found }: Coming): Found[] => (found ? [found] : []);

export const refusedAs = ({ name, reason }: Skipped): Coming => {
  return { name, found: null, twins: [], decoded: { reason } };
};

/** Those that cannot be used. */
export const refusals = (files: Coming[]): Skipped[] =>
  files.flatMap(({ name, decoded }) =>
    decoded && decoded !== "placed" && "reason" in decoded
      ? [{ name, reason: decoded.reason }]
      : [],
  );

export const coming = ({ found, reason }: Entry): Coming =>
  reason === null
    ? { name: found.name, found, twins: [] }
    : refusedAs({ name: found.name, reason });

/** What is passed over, and counted. */
export const hidden = (names: string[]): Coming[] =>
  names.map((name) => refusedAs({ name, reason: HIDDEN }));

/** To be read once more; of a zip its files stand for it by now. */
export const afresh = (file: Coming): Coming =>
  file.found && file.decoded ? { ...file, decoded: undefined } : file;
