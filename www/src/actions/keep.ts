// What becomes of a run when another takes its place: it is kept, and can be brought back.
import { count, plural } from "../lib/format.ts";
import { differences, nest, type Value } from "../lib/paths.ts";
import type { Settings } from "../protocol.ts";
import { collection } from "../session/collection.svelte.ts";
import { kept, Kept } from "../session/kept.svelte.ts";
import type { Log } from "../session/log.svelte.ts";
import { free, nameOf } from "../session/names.ts";
import { notices, type Offer } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { sweep } from "../session/sweep.svelte.ts";
import { besideKept, followImages } from "./beside.ts";
import { rememberRuns } from "./history.ts";
import { source, takeUp } from "./images.ts";
import { anew, configure } from "./settings.ts";

/** Names that are taken on this page. */
const taken = () =>
  new Set(
    [runs.a.log, runs.b.log, ...kept.list.map(({ log }) => log)].map(
      ({ name }) => name,
    ),
  );

/** Keeps the runs that make way from here on. */
export function keepRuns(): void {
  for (const run of [runs.a, runs.b]) {
    run.onbegin = begun;
    run.onend = (log) => keep(run, log);
  }
}

function begun(log: Log): void {
  log.source = source();
  const { set, names } = log.source.images;
  log.images = `${collection.name}, ${count(names.length)}`;
  const { options } = log.source;
  const drawn = set === null ? null : options[set];
  const what = [log.settings, set, names.length, drawn];
  log.name = nameOf(JSON.stringify(what), taken());
}

function keep(run: Run, log: Log): void {
  if (kept.find(log)) return;
  // It is what it is.
  log.saved = null;
  const one = new Kept(log);
  kept.add(one);
  // One that is repeated says itself what becomes of it.
  if (sweep.now || !one.whole) return;
  const offers: Offer[] = [
    { label: `Bring back ${log.name}`, act: () => void bringBack(one, run) },
  ];
  const switched = run.settings?.method !== log.settings?.method;
  if (run.id === "a" && switched && runs.beside !== "live") {
    const act = () => void besideKept(one);
    offers.push({ label: `Keep ${log.name} as B`, act });
  }
  notices.offer(
    `${title(log)} made way after ${plural(log.step, ["# step", "# steps"])}. It is kept as ${log.name}.`,
    offers,
  );
}

const title = (log: Log) =>
  session.cards.find(({ id }) => id === log.settings?.method)?.title ??
  "The run";

/** Has a run go on in A, or where it was, from where it made way; what is there makes way for it. */
export function bringBack(one: Kept, from = runs.a): Promise<void> {
  rememberRuns();
  const run = runs.live.includes(from) ? from : runs.a;
  return putBack(run, one, one.log.settings!);
}

/** The same, with these settings, which may wait for the next start. */
export function putBack(run: Run, one: Kept, wanted: Settings): Promise<void> {
  const { log } = one;
  const { client } = run;
  const { weights, source, settings } = log;
  if (!client || !weights || !source || !settings) return Promise.resolve();
  const went = run.state === "running" || run.preparing;
  const before = run.settings;
  const elsewhere = source.images !== session.images;
  return anew(run, async () => {
    const answer = await client.ask({
      type: "restore",
      images: elsewhere ? source.images : null,
      settings,
      checkpoint: weights,
    });
    if (answer?.type === "stepped") {
      kept.remove(one);
      run.adopt(log);
      if (run.id === "a") takeUp(source);
      if (run.id === "a" && elsewhere) void followImages(before, went);
      // The address speaks of what is there now.
      void configure(run, {});
      for (const [path, value] of differences(settings, wanted)) {
        await configure(run, nest(path, value as Value));
      }
    }
    if (went && run.log.started) run.send({ type: "resume" });
    return true;
  });
}

/** Calls a run by another name. */
export function rename(log: Log, name: string): void {
  const wanted = name.trim();
  if (!wanted || wanted === log.name) return;
  log.name = free(wanted, taken());
}
