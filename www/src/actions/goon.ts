// Going on with a session that was kept: images, settings, runs and what stands beside A come back as they were.
import { kept, Kept } from "../session/kept.svelte.ts";
import { lesson } from "../session/lesson.svelte.ts";
import { Log } from "../session/log.svelte.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs, type Baseline } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import type { Unpacked } from "../store/pack.ts";
import type { SavedSide, SavedSource } from "../store/saved.ts";
import { besideBaseline, besideKept, besideLive } from "./beside.ts";
import { takeUp } from "./images.ts";
import { putBack } from "./keep.ts";
import { find, show } from "./lesson.ts";
import { begin, pause, watch } from "./run.ts";
import { until } from "../session/sweep.svelte.ts";

const { a, b } = runs;

/** Puts a session in place of what is there, which makes way as for any other. */
export async function takeOn(came: Unpacked): Promise<void> {
  const { session: saved } = came;
  tell(came);
  if (runs.running || runs.preparing) pause();
  await until(() => !runs.running);
  if (runs.beside === "live" && !saved.b) besideBaseline("untrained");
  const all = saved.runs.map(
    (run) => run && new Kept(Log.of(run), run.when ?? Date.now()),
  );
  const at = (place: number | null) =>
    (place === null ? null : all[place]) ?? null;
  // Their names are taken before others are given.
  kept.add(...saved.kept.flatMap((place) => at(place) ?? []));
  for (const [place] of saved.overlaid) {
    const one = at(place);
    if (one && !kept.full) kept.overlay(one, true);
  }
  const present = await takeA(saved.a, at(saved.a.run), saved.source);
  if (!present) return;
  watch(saved.space);
  const one = at(saved.besideRun);
  if (saved.b) await takeB(saved.b, at(saved.b.run));
  else if (one) await besideKept(one);
  else if (saved.beside === "pixels" || saved.beside === "untrained") {
    besideBaseline(saved.beside satisfies Baseline);
  }
  if (saved.lesson) {
    const found = await find(saved.lesson.id);
    if (found) {
      show(found);
      lesson.guess = found.guesses[saved.lesson.guess ?? -1] ?? null;
    }
  } else lesson.now = lesson.guess = null;
  runs.onbeside();
  // Both at once, so that they keep step.
  if (saved.a.running) goes(a);
  if (saved.b?.running) goes(b);
}

/** A run that was training trains on, or anew if it had learned nothing yet. */
function goes(run: Run): void {
  if (run.log.started) run.send({ type: "resume" });
  else begin(run);
}

/** Whether A has the images of the session, and its run if there is one that can go on. */
async function takeA(
  { settings }: SavedSide,
  one: Kept | null,
  source: SavedSource | null,
): Promise<boolean> {
  // The core that goes on is the one for the device that it ran on.
  const { backend } = settings;
  await a.client?.ask({ type: "configure", settings: { backend } });
  if (one?.whole) {
    await putBack(a, one, settings);
    if (a.log === one.log) return true;
  }
  // It cannot go on here: it is one of those that were.
  if (one) kept.add(one);
  const answer = await a.client?.ask(
    source
      ? { type: "restore", images: source.images, settings, checkpoint: null }
      : { type: "configure", settings },
  );
  if (!answer || answer.type === "refused") return false;
  if (source) takeUp({ ...source, files: [] });
  return true;
}

/** B trains beside A again. */
async function takeB({ settings }: SavedSide, one: Kept | null): Promise<void> {
  if (runs.beside !== "live") await besideLive();
  const { images } = session;
  const answer = await b.client?.ask(
    images
      ? { type: "restore", images, settings, checkpoint: null }
      : { type: "configure", settings },
  );
  if (!answer || answer.type === "refused") return;
  if (one?.whole) await putBack(b, one, settings);
  else if (one) kept.add(one);
}

function tell({ damaged, imageless, session }: Unpacked): void {
  for (const name of damaged) {
    notices.tell(
      `What was kept of the run ${name} is damaged, so it is gone; everything else is there.`,
    );
  }
  if (!imageless) return;
  notices.tell(
    session.source
      ? "Images of a run were kept, but are damaged: its curves are there, and it cannot go on."
      : "The images were kept, but are damaged, so they are gone. Add them again.",
  );
}
