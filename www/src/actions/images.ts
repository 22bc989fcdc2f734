// Where images come from: built-in sets, and the learner's files, which decode workers read.
import { client } from "../core/client.ts";
import { plural } from "../lib/format.ts";
import type { Found } from "../images/files.ts";
import { at, differences, merge, nest } from "../lib/paths.ts";
import type { Preset } from "../session/presets.ts";
import { Pool } from "../images/pool.ts";
import type {
  Bytes,
  Decoded,
  DeepPartial,
  SetCard,
  Settings,
  ShapesOptions,
  Skipped,
} from "../protocol.ts";
import { session } from "../session/state.svelte.ts";
import { begin } from "./run.ts";
import { configure, remember } from "./settings.ts";

let fetching = 0;
/** What becomes of the run that ends because its images are read again. */
let ended: "went" | "waited" | null = null;

/** Replaces the images by a built-in set, with the settings that fit it. */
export async function chooseSet(card: SetCard): Promise<void> {
  drop();
  fit(card);
  session.skipped = [];
  await loadSet(card);
}

/** Has a built-in set loaded, at the size now set. */
export async function loadSet(card: SetCard): Promise<void> {
  const mine = ++fetching;
  let sheet: Bytes | null = null;
  if (card.sheet) {
    try {
      const answer = await fetch(new URL(card.sheet, document.baseURI));
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      sheet = new Uint8Array(await answer.arrayBuffer());
    } catch (error) {
      session.tell(`The set ${card.title} could not be fetched: ${error}`);
      return;
    }
  }
  if (mine !== fetching) return;
  const options = session.options[card.id] ?? card.options;
  session.fresh();
  client.send({ type: "loadSet", set: card.id, options, sheet });
}

/** Notes the run that is about to end, to go on with one on the images to come. */
function ending(): void {
  if (session.state === "running") ended = "went";
  else if (session.started) ended ??= "waited";
}

/** Takes up again what `ending` has noted. */
function goOn(): void {
  const before = ended;
  ended = null;
  if (!before) return;
  if (before === "went") begin();
  const how = before === "went" ? "began" : "begins with Play";
  session.tell(
    `Images were read again at ${session.images!.size} px; a fresh run ${how}.`,
    null,
    false,
  );
}

/** Changes how a drawn set is drawn. */
export function draw(card: SetCard, change: Partial<ShapesOptions>): void {
  remember("drawn");
  const before = session.options[card.id] ?? card.options!;
  session.options = {
    ...session.options,
    [card.id]: { ...before, ...change },
  };
  drawAgain(card);
}

/** Has a drawn set drawn as its options now ask. */
export function drawAgain(card: SetCard): void {
  ending();
  void loadSet(card);
}

/** Takes a run's size from a preset. */
export function applyPreset(preset: Preset): void {
  remember("preset");
  const card = session.setCard;
  const resized = preset.settings.size !== session.settings!.size;
  configure(preset.settings);
  if (!card?.options) return;
  const before = session.options[card.id] ?? card.options;
  if (before.count === preset.count) return;
  session.options = {
    ...session.options,
    [card.id]: { ...before, count: preset.count },
  };
  if (!resized) drawAgain(card);
}

/** The settings that images start with: the defaults, changed as their set asks. */
export function baseline(card: SetCard | undefined): Settings {
  return merge(session.defaults!, card?.preset ?? {});
}

/** Puts back what the last set had changed, and changes what this one asks for. */
function fit(card: SetCard | undefined): void {
  const { defaults, setCard } = session;
  const to = baseline(card);
  let change: DeepPartial<Settings> = {};
  for (const from of [baseline(setCard), to]) {
    for (const [path] of differences(defaults, from)) {
      change = merge(change, nest(path, at(to, path)!));
    }
  }
  if (Object.keys(change).length > 0) configure(change);
}

export function clear(): void {
  drop();
  session.skipped = [];
  session.fresh();
  client.send({ type: "clear" });
}

// ---- the learner's files

const pool = new Pool();

/** All files in use, to read them again at another size. */
let kept: Found[] = [];
/** The size at which all images are being read again. */
let resizing: number | null = null;
/** Files being read, what has come of them so far, and their size as images. */
let files: Found[] = [];
let decoded: Decoded[] = [];
let done = 0;
let size = 0;
/** Files that were read, whose images the core is taking in. */
let given: Found[] = [];

/** Adds files to the images; the first ones replace a built-in set. */
export async function add(all: Found[]): Promise<void> {
  if (!session.ready) await client.next("ready");
  if (all.length === 0 || session.dead) return;
  if (session.images?.set != null && !session.reading) {
    fit(undefined);
    session.skipped = [];
    kept = [];
  }
  const found = unknown(all);
  if (found.length === 0) return;
  fetching++;
  session.fresh();
  kept = [...kept, ...found];
  read(found);
}

/** Those that were not added before; the others are listed as skipped. */
function unknown(found: Found[]): Found[] {
  const key = ({ name, file }: Found) =>
    `${file.size} ${file.lastModified} ${name}`;
  const known = new Set(kept.map(key));
  const listed = new Set(session.skipped.map(({ name }) => name));
  const again: Skipped[] = [];
  const fresh = found.filter((one) => {
    const { size } = known;
    if (known.add(key(one)).size > size) return true;
    if (!listed.has(one.name)) {
      listed.add(one.name);
      again.push({ name: one.name, reason: "already added" });
    }
    return false;
  });
  if (again.length > 0) {
    session.skipped = [...session.skipped, ...again];
    session.milestone = `${plural(again.length, "file")} skipped: already added`;
  }
  return fresh;
}

/** Reads all images again, if the size now set is another. */
export function readAgain(): void {
  const { images, settings, reading, setCard } = session;
  if (!images || !settings || reading || images.size === settings.size) return;
  if (resizing === settings.size) return;
  resizing = settings.size;
  ending();
  if (setCard) void loadSet(setCard);
  if (images.set !== null || kept.length === 0) return;
  session.skipped = [];
  session.fresh();
  client.send({ type: "clear" });
  read(kept);
}

/** Reads files; when all are read, the core gets their images in the order they came. */
function read(found: Found[]): void {
  if (files.length === 0) size = session.settings!.size;
  const first = files.length;
  files = [...files, ...found];
  show();
  found.forEach(async ({ file }, at) => {
    decoded[first + at] = await pool.decode({ file, size });
    done++;
    show();
    if (done === files.length) give();
  });
}

function give(): void {
  const images = files.map(({ name }, i) => ({ name, decoded: decoded[i]! }));
  const skipped = images.flatMap(({ name, decoded }) =>
    "reason" in decoded ? [{ name, reason: decoded.reason }] : [],
  );
  // The core refuses files of which none can be used, and changes nothing.
  if (skipped.length === images.length) {
    session.skipped = [...session.skipped, ...skipped];
    session.milestone = `${plural(skipped.length, "file")} skipped`;
    return halt();
  }
  client.send({ type: "addImages", size, files: images });
  given = [...given, ...files];
  halt();
}

/** Forgets all files. */
function drop(): void {
  kept = [];
  given = [];
  ended = null;
  halt();
}

/** Reads no further. */
function halt(): void {
  pool.clear();
  files = [];
  decoded = [];
  done = 0;
  show();
}

function show(): void {
  const total = given.length + files.length;
  session.reading = total > 0 ? { done: given.length + done, total } : null;
}

/** Listens to how the reading goes. */
export function follow(): void {
  client.onEnd(({ restarts }) => {
    if (!restarts) return drop();
    if (given.length === 0) return;
    // What the core was taking in has gone with it.
    const again = [...given, ...files];
    given = [];
    halt();
    read(again);
  });
  client.on("configured", readAgain);
  client.on("loaded", ({ images }) => {
    given = [];
    show();
    if (images.names.length === 0 || session.reading) return;
    // The size may have changed while they were read.
    if (images.size !== session.settings!.size) return readAgain();
    resizing = null;
    goOn();
  });
}
