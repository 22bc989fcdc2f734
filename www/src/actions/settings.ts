// Changes of the settings, and taking them back.
import { client } from "../core/client.ts";
import {
  at,
  differences,
  merge,
  nest,
  tidy,
  type Value,
} from "../lib/paths.ts";
import type { DeepPartial, Settings, ShapesOptions } from "../protocol.ts";
import { session } from "../session/state.svelte.ts";
import { drawAgain } from "./images.ts";
import { begin, pause, reset } from "./run.ts";

/** What a change changes: settings, and how drawn sets are drawn. */
type Choice = { settings: Settings; options: Record<string, ShapesOptions> };

/** What was chosen before each change, and what was taken back. */
const past: Choice[] = [];
const future: Choice[] = [];
let last = { path: "", time: 0 };

/** Knobs of the methods that are not in use now. */
const knobs: Record<string, Settings["knobs"]> = {};

/** Changes settings; they are shown at once and taken back if the core refuses. */
export function configure(settings: DeepPartial<Settings>): void {
  client.send({ type: "configure", settings });
  if (session.settings) session.settings = merge(session.settings, settings);
}

/** Changes one setting, which can be undone. */
export function change(path: string, value: Value): void {
  if (!session.settings || at(session.settings, path) === value) return;
  remember(path);
  session.settle(path);
  configure(nest(path, value));
}

/** Turns a knob over: on and off, or its default and none. */
export function turn(field: string): void {
  const knob = session.card?.knobs.find((knob) => knob.field === field);
  const value = session.settings?.knobs[field];
  if (!knob || value === undefined) return;
  const path = `knobs.${field}`;
  if (knob.kind.type === "choice") {
    const usual = session.knobDefault(field);
    const some = knob.kind.options.find(({ value }) => value !== "none")?.value;
    const on = usual === undefined || usual === "none" ? some! : usual;
    change(path, value === "none" ? on : "none");
  } else change(path, !value);
}

/** Takes optimiser, learning rate and decay from the method's paper, scaled to the batch. */
export function usePublished(): void {
  const published = session.card?.published;
  if (!published) return;
  remember("published");
  const { optimizer, weightDecay } = tidy(published);
  const learningRate = Number(session.publishedRate.toPrecision(3));
  configure({ train: { optimizer, learningRate, weightDecay } });
}

/** Notes the settings before a change. The many values of one drag are one change. */
export function remember(path: string): void {
  const time = performance.now();
  if (path !== last.path || time - last.time > 1000) {
    past.push({ settings: session.settings!, options: session.options });
    if (past.length > 100) past.shift();
  }
  future.length = 0;
  last = { path, time };
  session.touched = path;
}

export const undo = () => swap(past, future);
export const redo = () => swap(future, past);

function swap(from: Choice[], to: Choice[]): void {
  const choice = from.pop();
  if (!choice || !session.settings) return;
  const { settings, options } = choice;
  to.push({ settings: session.settings, options: session.options });
  last = { path: "", time: 0 };
  session.touched = "";
  for (const [path] of differences(session.settings, settings)) {
    session.settle(path);
  }
  const resized = settings.size !== session.settings.size;
  if (settings.method === session.settings.method) configure(settings);
  else void anew(() => configure(settings));
  const { setCard } = session;
  const drawn = setCard && session.options[setCard.id];
  session.options = options;
  // At another size the images are read again anyway.
  if (setCard && options[setCard.id] !== drawn && !resized) drawAgain(setCard);
}

/** Takes up another method; the images stay, a run begins anew. */
export async function chooseMethod(id: string): Promise<void> {
  if (waiting === 0 && session.settings?.method === id) return;
  return anew(async () => {
    const { settings } = session;
    if (!settings || settings.method === id) return;
    remember("method");
    knobs[settings.method] = settings.knobs;
    await useMethod(id);
    const wanted = knobs[id];
    if (wanted) configure({ knobs: wanted });
  });
}

/** Configures a method with its own knobs, which the core completes. */
export async function useMethod(id: string): Promise<void> {
  client.send({ type: "configure", settings: { method: id, knobs: {} } });
  await client.next("configured", "refused");
}

/** Changes that end a run, one after the other, and how many are not done. */
let chain = Promise.resolve();
let waiting = 0;
/** Whether there was a run before the first of them, and whether it went. */
let had = false;
let went = false;

/** Does what ends a run; another one begins, and goes on if the last one did. */
function anew(work: () => void | Promise<void>): Promise<void> {
  had ||= session.started !== null;
  if (session.state === "running") {
    went = true;
    pause();
  }
  waiting++;
  chain = chain.then(work).then(() => {
    if (--waiting > 0) return;
    if (went) begin();
    else if (had) reset();
    had = went = false;
  });
  return chain;
}
