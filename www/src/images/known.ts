// Which files are there already. Names tell nothing: two cameras call their pictures alike. What agrees in name,
// length and time of change is a twin, and only its contents say whether it is the same.
import { again } from "./again.ts";
import type { Listed } from "./decoder.ts";
import { isZip, plain, type Found } from "./files.ts";

export class Known {
  #files = new Map<string, Set<File>>();
  #entries = new Map<File, Set<number | undefined>>();

  constructor(found: Found[]) {
    for (const one of found) this.#note(one);
  }

  /** The files that may be the same as one that comes; null if it is there for certain. */
  add(found: Found): File[] | null {
    const { file, entry } = found;
    const there = this.#entries.get(file);
    // Of a zip, what is in it is compared later.
    if (there?.has(entry)) return null;
    const twins = isZip(found)
      ? [...(this.#files.get(key(file, file.name)) ?? [])]
      : [...(this.#files.get(nameOf(found)) ?? [])];
    this.#note(found);
    return twins;
  }

  #note(found: Found): void {
    const { file, entry } = found;
    const zipped = entry !== undefined || isZip(found);
    const known = zipped ? key(file, file.name) : nameOf(found);
    this.#files.set(known, (this.#files.get(known) ?? new Set()).add(file));
    const entries = this.#entries.get(file) ?? new Set();
    this.#entries.set(file, entries.add(entry));
  }
}

const key = ({ size, lastModified }: File, name: string) =>
  `${size} ${lastModified} ${name}`;
const nameOf = ({ name, from, file }: Found) => key(file, from ?? name);

/** A file in a zip. */
export type Entry = {
  found: Found;
  /** Why it is not read; null if it is to be. */
  reason: string | null;
};

/**
 * The files in a zip by their names, with the zip's own name as a folder around them: unless they lie in one
 * folder already, and no other zip comes with it. `there` are those that are images already.
 */
export function entriesOf(
  zip: Found,
  { entries }: Listed,
  several: boolean,
  there: number[],
): Entry[] {
  const top = ({ name }: { name: string }) =>
    /^([^/\\]+)[/\\]/.exec(name)?.[1] ?? null;
  const first = entries[0] && top(entries[0]);
  const alone =
    !several && !!first && entries.every((entry) => top(entry) === first);
  const around = alone ? "" : `${zip.file.name.replace(/\.zip$/i, "")}/`;
  const known = new Set(there);
  return entries.map(({ name, reason }, entry) => ({
    found: { name: plain(`${around}${name}`), file: zip.file, entry },
    reason: known.has(entry) ? again() : reason,
  }));
}
