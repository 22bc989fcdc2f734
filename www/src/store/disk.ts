// What is kept on the device, whatever keeps it: large arrays are files named by their contents and never
// overwritten; all else stands in an index, which changes in one transaction. A session is saved by writing its
// files, then the index, and then removing what is named no more: whatever ends it in between, the index names
// a session that is whole.
import type { Bytes } from "../protocol.ts";
import { hash } from "./hash.ts";

/** A large array in a file, which is named by the SHA-256 of what is in it. */
export type FileRef = { file: string; length: number };
/** A document of its own: a run, or a set of images, with the files it names. */
export type Part = { key: string; name: string; files: FileRef[] };

/** A session as it stands in the index. */
export type Entry = {
  version: number;
  id: string;
  /** When it was saved, as milliseconds since 1970. */
  when: number;
  parts: Part[];
  body: unknown;
};

/** The last session, and the one before it. */
export type Slots = { now: Entry | null; before: Entry | null };

/** What a session cannot be saved without. */
export type Lacking = { parts: string[]; files: string[]; bytes: number };
export type Given = { parts: [string, unknown][]; files: [string, Bytes][] };

/** What was kept. Of a file that is damaged there is none. */
export type Found = {
  entry: Entry;
  parts: [string, unknown][];
  files: [string, Bytes][];
};

/** What it stands on. */
export type Ground = {
  names(): Promise<string[]>;
  /** Null if there is no such file. */
  size(file: string): Promise<number | null>;
  read(file: string): Promise<Bytes>;
  write(file: string, bytes: Bytes): Promise<void>;
  remove(file: string): Promise<void>;
  slots(): Promise<Slots>;
  keys(): Promise<string[]>;
  part(key: string): Promise<unknown>;
  /** All in one transaction; parts that are not `left` go. */
  change(slots: Slots, parts: Given["parts"], left: string[]): Promise<void>;
  /** Leaves nothing. */
  clear(): Promise<void>;
};

const filesOf = (...entries: (Entry | null)[]): FileRef[] => {
  const all = entries.flatMap((entry) => entry?.parts ?? []);
  const files = all.flatMap(({ files }) => files);
  return [...new Map(files.map((ref) => [ref.file, ref])).values()];
};

export class Disk {
  #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  /** What is kept, and how many bytes the files have. What a save has left half done goes. */
  async look(): Promise<Slots & { bytes: number }> {
    const slots = await this.#ground.slots();
    await this.#sweep(slots);
    return { ...slots, bytes: bytesOf(slots) };
  }

  /** What of a session is not there yet. */
  async lacks({ parts }: Entry): Promise<Lacking> {
    const known = new Set(await this.#ground.keys());
    const there = new Set(await this.#ground.names());
    const lacking: Lacking = { parts: [], files: [], bytes: 0 };
    for (const { key } of parts) if (!known.has(key)) lacking.parts.push(key);
    for (const { file, length } of filesOf({ parts } as Entry)) {
      const size = there.has(file) ? await this.#ground.size(file) : null;
      if (size === length) continue;
      lacking.files.push(file);
      lacking.bytes += length;
    }
    return lacking;
  }

  /** Saves a session, given what it lacks. The last other one becomes the one before; returns what is kept. */
  async save(entry: Entry, given: Given): Promise<Slots & { bytes: number }> {
    const written: string[] = [];
    try {
      for (const [file, bytes] of given.files) {
        written.push(file);
        await this.#ground.write(file, bytes);
      }
      const { parts, files } = await this.lacks(entry);
      const come = new Set(given.parts.map(([key]) => key));
      if (files.length > 0 || parts.some((key) => !come.has(key))) {
        throw new Error("what was written is not there");
      }
    } catch (error) {
      for (const file of written) await this.#try(this.#ground.remove(file));
      throw error;
    }
    const last = await this.#ground.slots();
    const before = last.now?.id === entry.id ? last.before : last.now;
    const slots = { now: entry, before };
    await this.#put(slots, given.parts);
    return { ...slots, bytes: bytesOf(slots) };
  }

  /** Gives the session before up. */
  async forget(): Promise<void> {
    const { now } = await this.#ground.slots();
    await this.#put({ now, before: null }, []);
  }

  /** The session of this id, if it is kept. */
  async load(id: string): Promise<Found | null> {
    const { now, before } = await this.#ground.slots();
    const entry = [now, before].find((entry) => entry?.id === id);
    if (!entry) return null;
    const found: Found = { entry, parts: [], files: [] };
    for (const { key } of entry.parts) {
      const part = await this.#ground.part(key);
      if (part !== undefined) found.parts.push([key, part]);
    }
    for (const { file } of filesOf(entry)) {
      try {
        const bytes = await this.#ground.read(file);
        if ((await hash(bytes)) === file) found.files.push([file, bytes]);
        // So that it is written anew if it is wanted again.
        else await this.#try(this.#ground.remove(file));
      } catch {
        // It is missed by what names it.
      }
    }
    return found;
  }

  clear(): Promise<void> {
    return this.#ground.clear();
  }

  async #put(slots: Slots, parts: Given["parts"]): Promise<void> {
    const entries = [slots.now, slots.before];
    const left = entries.flatMap((entry) => entry?.parts ?? []);
    await this.#ground.change(
      slots,
      parts,
      left.map(({ key }) => key),
    );
    await this.#sweep(slots);
  }

  /** Removes files that nothing names. */
  async #sweep({ now, before }: Slots): Promise<void> {
    const named = new Set(filesOf(now, before).map(({ file }) => file));
    for (const file of await this.#ground.names()) {
      // What cannot be removed now is tried again at the next save.
      if (!named.has(file)) await this.#try(this.#ground.remove(file));
    }
  }

  async #try(work: Promise<void>): Promise<void> {
    await work.catch(() => {});
  }
}

const bytesOf = ({ now, before }: Slots): number =>
  filesOf(now, before).reduce((sum, { length }) => sum + length, 0);
