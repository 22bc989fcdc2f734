// Where images come from: built-in sets, and the learner's files, read and sent lot by lot.
import { client } from "../client.ts";
import { plural } from "../lib/format.ts";
import { contents, lots, type Found } from "../lib/files.ts";
import { at, differences, merge, nest } from "../lib/paths.ts";
import type { Preset } from "../lib/presets.ts";
import type {
  Bytes,
  DeepPartial,
  SetCard,
  Settings,
  ShapesOptions,
  Skipped,
} from "../protocol.ts";
import { session } from "../state.svelte.ts";
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

/** Lots that may be under way at once: one at work, one waiting. */
const AHEAD = 2;

/** All files in use, to read them again at another size. */
let kept: Found[] = [];
/** The size at which all images are being read again. */
let resizing: number | null = null;
let queue: Found[][] = [];
/** Sizes of the lots sent and not yet read. */
let flying: number[] = [];
let sending = false;
/** Files of the lots that have been read, of all files read, and of all to be read. */
let landed = 0;
let done = 0;
let total = 0;

/** Adds files to the images; the first ones replace a built-in set. */
export function add(all: Found[]): void {
  if (all.length === 0 || session.dead) return;
  if (session.images?.set != null) {
    fit(undefined);
    session.skipped = [];
    kept = [];
  }
  const found = unknown(all);
  if (found.length === 0) return;
  fetching++;
  session.fresh();
  kept = [...kept, ...found];
  enqueue(found);
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
  enqueue(kept);
}

function enqueue(found: Found[]): void {
  queue.push(...lots(found));
  total += found.length;
  show();
  void send();
}

function drop(): void {
  kept = [];
  ended = null;
  halt();
}

function halt(): void {
  queue = [];
  flying = [];
  landed = done = total = 0;
  session.reading = null;
}

async function send(): Promise<void> {
  if (sending) return;
  sending = true;
  while (queue.length > 0 && flying.length < AHEAD) {
    const lot = queue.shift()!;
    flying.push(lot.length);
    const files = await contents(lot);
    // The files may have been dropped while they were read.
    if (flying.length === 0) continue;
    client.send({ type: "addImages", files, more: queue.length > 0 });
  }
  sending = false;
}

function show(): void {
  session.reading = { done, total };
}

/** Listens to how the reading goes. */
export function follow(): void {
  client.on("reading", (report) => {
    if (flying.length === 0) return;
    done = report.done;
    while (flying.length > 0 && done >= landed + flying[0]!) {
      landed += flying.shift()!;
    }
    show();
    void send();
  });
  client.on("loaded", () => {
    // Before the first file is read, this tells that the old images are gone.
    if (done === 0) return;
    // Files may have come while the last lot was read.
    const left = total - done;
    const queued = queue;
    halt();
    if (queued.length === 0) return;
    queue = queued;
    total = left;
    show();
    void send();
  });
  client.onDeath(() => {
    if (flying.length > 0) halt();
  });
  client.on("configured", readAgain);
  client.on("loaded", ({ images }) => {
    if (images.names.length === 0) return;
    resizing = null;
    if (!session.reading) goOn();
  });
}
