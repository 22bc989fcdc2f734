// Where images come from, and what follows once the core has taken them in.
import type { Found } from "../images/files.ts";
import { Intake, type Source } from "../images/intake.ts";
import { Pool } from "../images/pool.ts";
import { plural } from "../lib/format.ts";
import { at, merge, nest } from "../lib/paths.ts";
import type {
  Advice,
  Bytes,
  DeepPartial,
  SetCard,
  Settings,
  ShapesOptions,
  Skipped,
} from "../protocol.ts";
import { client } from "../session/client.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Preset } from "../session/presets.ts";
import { advised, session } from "../session/state.svelte.ts";
import { remember } from "./history.ts";
import { begin } from "./run.ts";
import { configure } from "./settings.ts";

const pool = new Pool();
const intake = new Intake({
  size: () => session.settings!.size,
  options: (card) => session.options[card.id] ?? card.options,
  fetch: fetchSheet,
  decode: (file, size) => pool.decode({ file, size }),
  halt: () => pool.clear(),
  ask: (command) => client.ask(command),
  show: (stage) => session.follow(stage),
  skip,
  tell: (why) => notices.tell(why),
  taken,
});

/** What suited the images that the settings were last fitted to. */
let fitted: Advice[] = [];
/** Settings that were chosen before there were images. */
let spoken: string[] = [];

/** Listens to what becomes of images. */
export function follow(): void {
  client.on("loaded", ({ images }) => intake.settle(images));
  client.on("configured", readAgain);
  client.onEnd(({ restarts }) => {
    if (!restarts) intake.halt();
  });
}

/** Opens with a built-in set; settings of these `paths` stay as they are. */
export function openSet(card: SetCard, paths: string[]): Promise<void> {
  spoken = paths;
  return intake.load(card, true);
}

/** Replaces the images by a built-in set, and then the settings by those that fit it. */
export const chooseSet = (card: SetCard) => intake.load(card, true);

/** Has a built-in set loaded as the settings and its options now ask. */
export const loadSet = (card: SetCard) => intake.load(card, false);

/** Adds files to the images; the first ones replace a built-in set. */
export async function add(files: Found[]): Promise<void> {
  if (!session.ready) await client.next("ready");
  if (!session.dead) intake.add(files);
}

export function clear(): void {
  intake.halt();
  client.send({ type: "clear" });
}

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
  const resized = preset.settings.size !== session.settings!.size;
  configure(preset.settings);
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

async function fetchSheet(sheet: string): Promise<Bytes> {
  const answer = await fetch(new URL(sheet, document.baseURI));
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function skip(files: Skipped[]): void {
  if (files.length === 0) return;
  session.skip(files);
  const reasons = new Set(files.map(({ reason }) => reason));
  notices.milestone =
    `${plural(files.length, "file")} skipped: ` + [...reasons].join("; ");
}

function taken({ card, fresh }: Source): void {
  fit(card === null || !fresh);
  // Other images do not go on with the run of the last.
  if (fresh) session.ended = null;
  if (intake.busy) return;
  // The size may have changed while they were read.
  if (session.images!.size !== session.settings!.size) return readAgain();
  const { ended } = session;
  session.ended = null;
  if (ended) goOn(ended);
}

/** Puts back what was chosen for the last images, and takes up what suits these. What the learner has
 * turned stays, if they `keep` it: another built-in set begins anew. */
function fit(keep: boolean): void {
  const { advice, defaults, settings } = session;
  const [from, to] = [fitted, advice].map((all) => advised(defaults!, all));
  let change: DeepPartial<Settings> = {};
  for (const { path } of [...fitted, ...advice]) {
    const turned = keep && at(settings, path) !== at(from, path);
    if (turned || spoken.includes(path)) continue;
    change = merge(change, nest(path, at(to, path)!));
  }
  fitted = advice;
  spoken = [];
  if (Object.keys(change).length > 0) configure(change);
}

/** Reads all images again, if the size now set is another. */
function readAgain(): void {
  const { images, settings, setCard } = session;
  if (!images || !settings || images.size === settings.size) return;
  if (intake.busy || intake.failedAt(settings.size)) return;
  if (setCard) void loadSet(setCard);
  else intake.readAgain();
}

/** The run has ended because its images were read again: another one takes its place. */
function goOn(ended: "running" | "resting"): void {
  const how = ended === "running" ? "began" : "begins with Play";
  if (ended === "running") begin();
  notices.tell(
    `Images were read again at ${session.images!.size} px; a fresh run ${how}.`,
    null,
    false,
  );
}
