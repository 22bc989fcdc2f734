// Changes of the settings.
import { at, merge, nest, tidy, type Value } from "../lib/paths.ts";
import type { DeepPartial, NextStep, Settings } from "../protocol.ts";
import { client } from "../session/client.ts";
import { notices } from "../session/notices.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { remember } from "./history.ts";
import { begin, pause, reset } from "./run.ts";

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
  notices.settle(path);
  configure(nest(path, value));
}

/** Turns a knob over: on and off, or its default and none. */
export function turn(field: string): void {
  const path = `knobs.${field}`;
  const row = session.row(path);
  const value = at(session.settings, path);
  if (!row || value === undefined) return;
  if (row.kind.type === "choice") {
    const some = row.kind.options.find(({ value }) => value !== "none")?.value;
    const on = row.default === "none" ? some! : row.default;
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

/** Does what a run's verdict advises; another run begins with it. */
export async function follow({ settings }: NextStep): Promise<void> {
  if (!settings) return;
  remember("next");
  const answer = await client.ask({ type: "configure", settings });
  if (answer?.type === "configured") begin();
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
  await client.ask({ type: "configure", settings: { method: id, knobs: {} } });
}

/** Changes that end a run, one after the other, and how many are not done. */
let chain = Promise.resolve();
let waiting = 0;
/** Whether there was a run before the first of them, and whether it went. */
let had = false;
let went = false;

/** Does what ends a run; another one begins, and goes on if the last one did. */
export function anew(work: () => void | Promise<void>): Promise<void> {
  had ||= session.run.started !== null;
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
