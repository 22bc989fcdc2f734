// Changes of the settings.
import type { Answer } from "../core/answers.ts";
import { at, merge, nest, tidy, type Value } from "../lib/paths.ts";
import type { DeepPartial, NextStep, Settings } from "../protocol.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs, SHARED } from "../session/runs.svelte.ts";
import { remember } from "./history.ts";
import { begin, pause, reset } from "./run.ts";

/** Knobs of the methods that are not in use now. */
const knobs: Record<string, Settings["knobs"]> = {};

/** Changes settings; they are shown at once and taken back if the core refuses. */
export function configure(
  run: Run,
  settings: DeepPartial<Settings>,
): Promise<Answer> {
  const answer = run.client?.ask({ type: "configure", settings });
  if (run.settings) run.settings = merge(run.settings, settings);
  return answer ?? Promise.resolve(null);
}

/** Changes one setting, which can be undone. */
export function change(run: Run, path: string, value: Value): void {
  if (!run.settings || at(run.settings, path) === value) return;
  remember(path);
  notices.settle(path);
  for (const each of SHARED.includes(path) ? runs.live : [run]) {
    configure(each, nest(path, value));
  }
}

/** Has a value that is offered taken as if the learner had turned its control. */
export function takeOffers(): void {
  for (const run of [runs.a, runs.b]) {
    run.onchoose = (path, value) => change(run, path, value);
  }
}

/** Turns a knob over: on and off, or its default and none. */
export function turn(run: Run, field: string): void {
  const path = `knobs.${field}`;
  const row = run.row(path);
  const value = at(run.settings, path);
  if (!row || value === undefined) return;
  if (row.kind.type === "choice") {
    const some = row.kind.options.find(({ value }) => value !== "none")?.value;
    const on = row.default === "none" ? some! : row.default;
    change(run, path, value === "none" ? on : "none");
  } else change(run, path, !value);
}

/** Takes optimiser, learning rate and decay from the method's paper, scaled to the batch. */
export function usePublished(run: Run): void {
  const published = run.card?.published;
  if (!published) return;
  remember("published");
  const { optimizer, weightDecay } = tidy(published);
  const learningRate = Number(run.publishedRate.toPrecision(3));
  configure(run, { train: { optimizer, learningRate, weightDecay } });
}

/** Does what a run's verdict advises; another run begins with it. */
export async function follow(run: Run, { settings }: NextStep): Promise<void> {
  if (!settings) return;
  remember("next");
  const answer = await configure(run, settings);
  if (answer?.type === "configured") begin(run);
}

/** Takes up another method; the images stay, a run begins anew. */
export async function chooseMethod(run: Run, id: string): Promise<void> {
  if (!changing(run) && run.settings?.method === id) return;
  return anew(run, async () => {
    const { settings } = run;
    if (!settings || settings.method === id) return;
    remember("method");
    knobs[settings.method] = settings.knobs;
    await useMethod(run, id);
    const wanted = knobs[id];
    if (wanted) await configure(run, { knobs: wanted });
  });
}

/** Configures a method with its own knobs, which the core completes. */
export async function useMethod(run: Run, id: string): Promise<void> {
  await run.client?.ask({
    type: "configure",
    settings: { method: id, knobs: {} },
  });
}

/** Changes that end a run, one after the other. */
type Chain = {
  last: Promise<void>;
  /** How many are not done. */
  waiting: number;
  /** Whether there was a run before the first of them, and whether it went. */
  had: boolean;
  went: boolean;
};
const chains = new Map<Run, Chain>();

/** Waits until nothing is on its way that ends a run. */
export const changed = (run: Run) => chains.get(run)?.last ?? null;

const changing = (run: Run) => (chains.get(run)?.waiting ?? 0) > 0;

/** Does what ends a run; another one begins, and goes on if the last one did. Work that has seen to that by
 * itself says so. What has been taken back in the end ends nothing. */
export function anew(
  run: Run,
  work: () => void | Promise<unknown>,
): Promise<void> {
  const rest = { waiting: 0, had: false, went: false };
  const chain = chains.get(run) ?? { last: Promise.resolve(), ...rest };
  chains.set(run, chain);
  chain.had ||= run.log.started !== null;
  if (run.state === "running") {
    chain.went = true;
    pause([run]);
  }
  chain.waiting++;
  chain.last = chain.last.then(work).then((seen) => {
    if (seen === true) chain.had = chain.went = false;
    if (--chain.waiting > 0) return;
    const { had, went } = chain;
    Object.assign(chain, rest);
    if (had && run.log.started && run.pending.length === 0) {
      if (went) run.send({ type: "resume" });
    } else if (went) begin(run);
    else if (had) reset(run);
  });
  return chain.last;
}
