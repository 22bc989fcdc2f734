// A session in memory, and its parts on the disk: each run and each set of images is a document of its own, and
// large arrays are files. What has not changed since the last save has the same key, and is not written again.
import type { Bytes, ImageSet } from "../protocol.ts";
import type { Entry, FileRef, Found, Part } from "./disk.ts";
import { hash } from "./hash.ts";
import {
  VERSION,
  migrated,
  type SavedRun,
  type SavedSession,
  type SavedSource,
} from "./saved.ts";

/** Shorter arrays stand in the index. */
const SMALL = 32_768;

/** In place of an array that is in a file. */
type Away = { away: string };

type Doc = {
  key: string;
  name: string;
  files: { ref: FileRef; bytes: Bytes }[];
  doc: unknown;
};
export type Packed = {
  entry: Entry;
  docs: Map<string, unknown>;
  files: Map<string, Bytes>;
};

/** Runs and sets by which they were packed before. They never change. */
const packed = new WeakMap<object, Promise<Doc>>();
const hashes = new WeakMap<Bytes, Promise<FileRef>>();

const refOf = (bytes: Bytes): Promise<FileRef> => {
  const known = hashes.get(bytes);
  if (known) return known;
  const ref = hash(bytes).then((file) => ({ file, length: bytes.length }));
  hashes.set(bytes, ref);
  return ref;
};

/** Arrays of a tree that are too large for the index. */
function large(tree: unknown, found = new Set<Bytes>()): Set<Bytes> {
  if (tree instanceof Uint8Array) {
    if (tree.length >= SMALL) found.add(tree as Bytes);
  } else if (typeof tree === "object" && tree !== null) {
    for (const inner of Object.values(tree)) large(inner, found);
  }
  return found;
}

/** A tree with some of its parts replaced; what has none is the same object. */
export function replaced(
  tree: unknown,
  by: (part: object) => unknown,
): unknown {
  if (typeof tree !== "object" || tree === null) return tree;
  const other = by(tree);
  if (other !== undefined) return other;
  if (tree instanceof Uint8Array) return tree;
  const changed = Object.entries(tree).flatMap(([key, inner]) => {
    const now = replaced(inner, by);
    return now === inner ? [] : [[key, now] as const];
  });
  if (changed.length === 0) return tree;
  const copy = Array.isArray(tree) ? [...tree] : { ...tree };
  return Object.assign(copy, Object.fromEntries(changed));
}

function document(thing: object, name: string, body: unknown): Promise<Doc> {
  const known = packed.get(thing);
  if (known) return known;
  const make = async (): Promise<Doc> => {
    const refs = new Map<object, FileRef>();
    for (const bytes of large(body)) refs.set(bytes, await refOf(bytes));
    const doc = replaced(body, (part): Away | undefined => {
      const ref = refs.get(part);
      return ref && { away: ref.file };
    });
    const files = [...refs].map(([bytes, ref]) => ({
      ref,
      bytes: bytes as Bytes,
    }));
    return { key: crypto.randomUUID(), name, files, doc };
  };
  const doc = make();
  packed.set(thing, doc);
  return doc;
}

/** A session as it is stored. Give the same id to what is to take its place. */
export async function pack(
  session: SavedSession,
  id: string,
  when: number,
): Promise<Packed> {
  const docs = new Map<string, Doc>();
  const files = new Map<string, Bytes>();
  const add = async (thing: object, name: string, body: unknown) => {
    const doc = await document(thing, name, body);
    docs.set(doc.key, doc);
    for (const { ref, bytes } of doc.files) files.set(ref.file, bytes);
    return doc.key;
  };
  const withKey = async (source: SavedSource | null) =>
    source && {
      ...source,
      images: await add(source.images, "", source.images),
    };
  const runs: string[] = [];
  for (const run of session.runs) {
    const body = { ...run, source: await withKey(run.source) };
    runs.push(await add(run, run.name, body));
  }
  const body = { ...session, source: await withKey(session.source), runs };
  const parts = [...docs.values()].map(({ key, name, files }): Part => ({
    key,
    name,
    files: files.map(({ ref }) => ref),
  }));
  return {
    entry: { version: VERSION, id, when, parts, body },
    docs: new Map([...docs].map(([key, { doc }]) => [key, doc])),
    files,
  };
}

/** What was kept, as far as it is whole. */
export type Unpacked = {
  session: Omit<SavedSession, "runs"> & { runs: (SavedRun | null)[] };
  /** Names of runs that are damaged, or whose weights are. */
  damaged: string[];
  /** Whether images are. */
  imageless: boolean;
};

/** A session as it was; null if a newer version of the page has stored it. */
export function unpack({ entry, parts, files }: Found): Unpacked | null {
  const body = migrated(entry.version, entry.body);
  if (body === null) return null;
  const known = new Map(files);
  const docs = new Map(parts);
  const names = new Map(entry.parts.map(({ key, name }) => [key, name]));
  const damaged: string[] = [];
  let imageless = false;

  /** With its arrays; null if one is missing. */
  const whole = <T>(key: string): T | null => {
    const doc = docs.get(key);
    let missing = doc === undefined;
    const tree = replaced(doc, (part) => {
      if (!("away" in part)) return undefined;
      const bytes = known.get((part as Away).away);
      missing ||= bytes === undefined;
      return bytes ?? null;
    });
    return missing ? null : (tree as T);
  };
  // The same images are there once, however many runs learn from them.
  const sets = new Map<string, ImageSet | null>();
  const set = (key: string): ImageSet | null => {
    if (!sets.has(key)) sets.set(key, whole<ImageSet>(key));
    return sets.get(key)!;
  };
  type Stored = Omit<SavedSource, "images"> & { images: string };
  const source = (stored: Stored | null): SavedSource | null => {
    const images = stored && set(stored.images);
    if (stored && !images) imageless = true;
    return stored && images && { ...stored, images };
  };
  const run = (key: string): SavedRun | null => {
    const one = whole<Omit<SavedRun, "source"> & { source: Stored | null }>(
      key,
    );
    if (!one) {
      damaged.push(names.get(key) ?? "");
      return null;
    }
    return { ...one, source: source(one.source) };
  };
  const stored = body as Omit<SavedSession, "runs" | "source"> & {
    runs: string[];
    source: Stored | null;
  };
  const session = {
    ...stored,
    source: source(stored.source),
    runs: stored.runs.map(run),
  };
  return { session, damaged, imageless };
}
