// A session to the parts of a file and back: large arrays are files of their own, small ones stand in
// `session.json` as text, and what is there once is written once.
import type { Bytes, ImageSet, Settings } from "../protocol.ts";
import type { SeriesState } from "../lib/series.ts";
import { replaced } from "./pack.ts";
import type { SavedRun, SavedSession, SavedSource } from "./saved.ts";
import { valid } from "./valid.ts";

/** What goes into a file besides the session itself. */
export type Extra = {
  /** Of each run. */
  runs: {
    /** h and z of its images; null if they are not known. */
    embeddings: { h: Bytes; z: Bytes } | null;
    /** What its curves are called. */
    labels: Record<string, string>;
  }[];
};

/** What the wasm writes: see `Session` in `crates/session-file`. */
export type Written = {
  state: unknown;
  sets: (ImageSet & { folder: string })[];
  runs: unknown[];
};

/** What the wasm reads of a file. */
export type Opened = {
  state(): string;
  file(name: string): Bytes;
  squares(name: string, n: number, size: number): Bytes;
};

/** Version of `session.json`. */
const FORMAT = 1;

/** In place of bytes. */
type Away = { file: string } | { base64: string };

/** Letters and digits of a name, which no other folder has. */
function folder(name: string, taken: Set<string>): string {
  const plain = name.replace(/[^a-z0-9_-]+/gi, "-").slice(0, 60);
  const base = plain.replace(/^-+|-+$/g, "") || "run";
  let one = base;
  for (let i = 2; taken.has(one); i++) one = `${base}-${i}`;
  taken.add(one);
  return one;
}

/** A session as the parts of a file. */
export function parts(session: SavedSession, { runs: extra }: Extra): Written {
  const sources = [session.source, ...session.runs.map(({ source }) => source)];
  const sets = [...new Set(sources.flatMap((one) => one?.images ?? []))];
  const places = new Map(sets.map((set, at) => [set, at]));
  const inFiles = new Map<object, string>();
  const written = sets.map((set, at) => {
    const folder = at === 0 ? "images" : `images-${at + 1}`;
    inFiles.set(set.pixels, `${folder}/squares.npy`);
    return { ...set, folder };
  });
  const taken = new Set<string>();
  const folders = session.runs.map(({ name, checkpoint }) => {
    const one = folder(name, taken);
    if (checkpoint) {
      inFiles.set(checkpoint.bytes, `runs/${one}/checkpoint.safetensors`);
    }
    return one;
  });
  const light = (source: SavedSource | null) =>
    source && { ...source, images: places.get(source.images)! };
  const tree = {
    format: FORMAT,
    ...session,
    sets,
    source: light(session.source),
    runs: session.runs.map((run) => ({ ...run, source: light(run.source) })),
  };
  const state = replaced(tree, (part): Away | undefined => {
    if (!(part instanceof Uint8Array)) return undefined;
    const file = inFiles.get(part);
    return file ? { file } : { base64: toBase64(part) };
  });
  const runs = session.runs.map((run, at) =>
    writtenRun(run, folders[at]!, places, extra[at]!),
  );
  // What is not a number JSON has no word for.
  return { state: JSON.parse(JSON.stringify(state)), sets: written, runs };
}

function writtenRun(
  run: SavedRun,
  folder: string,
  places: Map<ImageSet, number>,
  { embeddings, labels }: Extra["runs"][number],
) {
  const { name, settings, checkpoint, map, source } = run;
  return {
    folder,
    name,
    set: source ? places.get(source.images)! : null,
    settings: settings ?? {},
    checkpoint: checkpoint?.bytes ?? null,
    embeddings,
    loss: curves(run.losses, labels),
    course: curves(run.course, labels),
    readings: run.evaluated?.values ?? run.readings?.values ?? null,
    map: map && { space: map.space, images: map.images, points: map.points },
  };
}

function curves(series: SeriesState, labels: Record<string, string>) {
  const lines = Object.entries(series.columns).map(([id, values]) => ({
    id,
    label: labels[id] ?? id,
    values: values.map((value) => (Number.isFinite(value) ? value : null)),
  }));
  return { steps: series.steps, lines };
}

/** The session of a file, or an error that says why it cannot be opened. */
export function session(
  opened: Opened,
  usual: Settings,
  methods: string[],
): SavedSession {
  const state = object(JSON.parse(opened.state()));
  const files = new Map<string, Bytes>();
  const file = (name: string, read: () => Bytes) => {
    const bytes = files.get(name) ?? read();
    files.set(name, bytes);
    return bytes;
  };
  const sets = list(state.sets).map((given) => {
    const set = object(given);
    const name = String(object(set.pixels).file);
    const n = list(set.names).length;
    const size = typeof set.size === "number" ? set.size : 0;
    return { ...set, pixels: file(name, () => opened.squares(name, n, size)) };
  });
  const whole = (tree: unknown): unknown =>
    replaced(tree, (part) => {
      if ("base64" in part) return ofBase64(String(part.base64));
      if (!("file" in part)) return undefined;
      const name = String(part.file);
      return file(name, () => opened.file(name));
    });
  const place = (source: unknown) =>
    source === null ? null : object(source).images;
  const heavy = (source: unknown) =>
    source === null
      ? null
      : {
          ...(whole(object(source)) as object),
          images: sets[place(source) as number],
        };
  const runs = list(state.runs).map(object);
  const { source = null, sets: _, runs: __, ...rest } = state;
  const tree = {
    ...(whole(rest) as object),
    source: heavy(source),
    runs: runs.map(({ source = null, ...rest }) => ({
      ...(whole(rest) as object),
      source: heavy(source),
    })),
  };
  const came = valid(tree, usual, methods);
  // What was checked is a copy: the same images are there once.
  const first = new Map<unknown, ImageSet>();
  const once = (at: unknown, to: SavedSource | null) => {
    if (!to) return null;
    const images = first.get(at) ?? to.images;
    first.set(at, images);
    return { ...to, images };
  };
  return {
    ...came,
    source: once(place(source), came.source),
    runs: came.runs.map((run, i) => ({
      ...run,
      source: once(place(runs[i]!.source ?? null), run.source),
    })),
  };
}

function object(given: unknown): Record<string, unknown> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) {
    return given as Record<string, unknown>;
  }
  throw new Error("session.json is not that of a session");
}

const list = (given: unknown): unknown[] => (Array.isArray(given) ? given : []);

/** Bytes that are turned into letters at once. */
const PIECE = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let letters = "";
  for (let at = 0; at < bytes.length; at += PIECE) {
    letters += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  }
  return btoa(letters);
}

function ofBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
