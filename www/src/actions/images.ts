// Where images come from, and what follows once the core has taken them in.
import { fromTransfer, type Gathered } from "../images/files.ts";
import { Intake, type Source } from "../images/intake.ts";
import { Pool } from "../images/pool.ts";
import { plural } from "../lib/format.ts";
import { at, nest, tidy, type Value } from "../lib/paths.ts";
import type {
  Advice,
  SetCard,
  ShapesOptions,
  SheetCard,
  Skipped,
  Squares,
} from "../protocol.ts";
import { collection } from "../session/collection.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Preset } from "../session/presets.ts";
import { advised } from "../session/advised.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import type { Source as Learned } from "../session/log.svelte.ts";
import { followImages } from "./beside.ts";
import { remember, rememberRuns } from "./history.ts";
import { begin, obstacle } from "./run.ts";
import { configure } from "./settings.ts";

/** A takes images in; what trains beside it is given the same. */
const { a } = runs;
const client = a.client!;
const building = () =>
  "The image decoder is still being built: images are read as soon as it is there";
const pool = new Pool(() => {
  const said = building();
  notices.tell(said, null, false, [], true);
  return () => notices.withdraw(said);
});
export const intake = new Intake({
  settings: () => a.settings!,
  options: (card) => session.options[card.id] ?? card.options,
  fetch: fetchSquares,
  decode: (found, size, twins) => pool.decode(found, size, twins),
  list: (zip, twins) => pool.list(zip, twins),
  halt: () => pool.clear(),
  ask: (command) => client.ask(command),
  show: (stage) => session.follow(stage),
  skip,
  tell: (why) => notices.tell(why),
  taken,
});

/** What suited the images that the settings were last fitted to. */
let fitted: Advice[] = [];
/** Settings that the address asks for: those that were not refused stay until another set is chosen. */
let asked = new Map<string, Value>();

/** Listens to what becomes of images. */
export function follow(): void {
  client.on("loaded", ({ images }) => {
    intake.settle(images);
    if (!collection.own) collection.given = null;
  });
  client.on("configured", readAgain);
  client.onEnd(({ restarts }) => {
    if (!restarts) intake.halt();
  });
}

/** Opens with a built-in set; settings that were asked for before stay as they are. */
export function openSet(
  card: SetCard,
  settings: [string, Value][],
): Promise<void> {
  asked = new Map(settings);
  return intake.load(card, true);
}

/** Replaces the images by a built-in set, and then the settings by those that fit it. */
export function chooseSet(card: SetCard): Promise<void> {
  asked.clear();
  rememberRuns();
  return intake.load(card, true);
}

/** Has a built-in set loaded as the settings and its options now ask. */
export const loadSet = (card: SetCard) => intake.load(card, false);

/** Whether a file is no image, and has been taken by who knows what it is. */
let isTaken = async (_: File): Promise<boolean> => false;

/** A file alone is asked about first. */
export function takenBy(take: (file: File) => Promise<boolean>): void {
  isTaken = take;
}

/** Adds files to the images; the first ones replace a built-in set. A session that was saved is opened, and
 * a checkpoint taken up. */
export async function add(came: Gathered): Promise<void> {
  if (!a.ready) await client.next("ready");
  if (a.dead) return;
  if (came.found.length + came.skipped.length === 0) {
    return notices.tell(
      "No file came with that. Save the picture first, then add the file; a folder has to have files in it.",
    );
  }
  const [only] = came.found;
  if (came.found.length === 1 && only && (await isTaken(only.file))) return;
  rememberRuns();
  intake.add(came);
}

/** Counts the drops whose files are being looked for. */
let looks = 0;

/** Adds what is dropped or pasted. Call it inside the event. */
export async function addFrom(data: DataTransfer): Promise<void> {
  const mine = ++looks;
  const tell = (found: number) => {
    if (mine !== looks) return false;
    session.gathering = found;
    return true;
  };
  const came = await fromTransfer(data, tell);
  if (mine !== looks) return;
  session.gathering = null;
  await add(came);
}

/** Lets go of files on their way: the images stay as they are. */
export function cancel(): void {
  looks++;
  session.gathering = null;
  const again = intake.busy && !intake.fresh;
  intake.halt();
  const { images } = session;
  // Read at another size they would be, as long as that is asked for.
  if (again && images) configure(a, { size: images.size });
}

/** Takes what has been read so far, and leaves the rest. */
export const stopReading = () => intake.stop();

/** The images that are there. */
export const source = (): Learned => ({
  images: session.images!,
  advice: session.advice,
  options: session.options,
  files: intake.files,
  given: collection.given,
});

/** The core has been given images that were there before. */
export function takeUp(source: Learned): void {
  const { images, advice, options, files, given } = source;
  intake.halt();
  intake.hold(files);
  // The same images are there once, however often they come back.
  session.images = images;
  session.advice = fitted = advice;
  session.options = options;
  collection.given = given;
  // With them the change that led away from them is taken back.
  if (collection.before === images)
    collection.past = collection.past.slice(0, -1);
  session.follow({ is: "taken" });
}

/** Images on their way are let go. */
export const letGo = () => intake.halt();

/** Changes how a drawn set is drawn. */
export function draw(card: SetCard, change: Partial<ShapesOptions>): void {
  remember("drawn");
  redraw(card, change);
  void loadSet(card);
}

/** Takes a run's size from a preset. */
export function applyPreset(preset: Preset): void {
  remember("preset");
  const card = session.setCard;
  const resized = preset.settings.size !== a.settings!.size;
  configure(a, preset.settings);
  if (!card?.options) return;
  const before = session.options[card.id] ?? card.options;
  if (before.count === preset.count) return;
  redraw(card, { count: preset.count });
  // At another size the images are drawn again anyway.
  if (!resized) void loadSet(card);
}

function redraw(card: SetCard, change: Partial<ShapesOptions>): void {
  const before = session.options[card.id] ?? card.options!;
  session.options = { ...session.options, [card.id]: { ...before, ...change } };
}

/** Of files whose names stay when their contents change (`site/site.ts`). */
declare const HASHES: Record<string, string>;

async function fetchSquares(sheet: SheetCard, size: number): Promise<Squares> {
  const { picture: path, tile } = sheet;
  const url = new URL(`${path}?${HASHES[path]}`, document.baseURI);
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  const picture = new Uint8Array(await answer.arrayBuffer());
  const cut = await pool.cut({ picture, tile, size });
  if ("reason" in cut) throw new Error(cut.reason);
  return { size, pixels: cut.pixels };
}

function skip(files: Skipped[]): void {
  if (files.length === 0) return;
  session.skip(files);
  const reasons = new Set(files.map(({ reason }) => reason));
  notices.milestone = `${plural(files.length, ["# file", "# files"])} skipped: ${[...reasons].join("; ")}`;
}

function taken({ card, fresh, what }: Source): void {
  const before = a.settings;
  fit(card === null || !fresh, fresh);
  if (fresh) {
    // Other images do not go on with the run of the last, and nothing that was done to those is taken back.
    a.ended = null;
    collection.past = [];
  }
  if (intake.busy) return;
  const { ended } = a;
  // The size may have changed while they were read.
  if (session.images!.size !== a.settings!.size) return readAgain();
  a.ended = null;
  if (ended) {
    goOn(ended, what ?? `Images were read again at ${session.images!.size} px`);
  }
  void followImages(before, ended === "running");
}

/** Puts back what was chosen for the last images, and takes up what suits these. What the learner has
 * turned stays, if they `keep` it: another built-in set begins anew. */
function fit(keep: boolean, fresh: boolean): void {
  const { defaults } = session;
  const { settings } = a;
  // Images that were read again at the size that suits them say nothing more of it.
  const size = fitted.find(({ path }) => path === SIZE);
  const named = session.advice.some(({ path }) => path === SIZE);
  if (size && !named && !fresh) session.advice = [...session.advice, size];
  const { advice } = session;
  const [from, to] = [fitted, advice].map((all) => advised(defaults!, all));
  for (const path of new Set([...fitted, ...advice].map(({ path }) => path))) {
    const is = at(settings, path);
    const turned = keep && is !== at(from, path);
    if (turned || (asked.has(path) && tidy(asked.get(path)) === is)) continue;
    // One by one: a choice that does not fit what the learner has set takes no other with it.
    if (is !== at(to, path)) configure(a, nest(path, at(to, path)!));
  }
  fitted = advice;
  // How long a run on these images takes is told with the settings.
  client.send({ type: "configure", settings: {} });
}

const SIZE = "size";

/** Reads all images again, if the size now set is another. */
function readAgain(): void {
  const { images, setCard } = session;
  const { settings } = a;
  if (!images || !settings || images.size === settings.size) return;
  if (intake.busy || intake.failedAt(settings.size)) return;
  if (setCard) void loadSet(setCard);
  else if (intake.files.length > 0) intake.readAgain();
  else {
    // What was kept for another visit are the squares.
    notices.tell(
      `These images were kept as squares of ${images.size} pixels, without their files. To have them at ${settings.size}, clear them and add the files again.`,
      SIZE,
    );
    for (const run of runs.live) configure(run, { size: images.size });
  }
}

/** The run has ended because its images were changed or read again: another one takes its place. */
function goOn(ended: "running" | "resting", what: string): void {
  const why = obstacle();
  if (ended === "running") begin(a);
  const then =
    ended === "running"
      ? `${what}; a fresh run began.`
      : `${what}; a fresh run begins with Play.`;
  notices.tell(why ? `${what}. ${why}.` : then, null, false);
}
