// Lessons: opening one, guessing, reading the answer, leaving.
import { differences, nest, type Value } from "../lib/paths.ts";
import { lesson } from "../session/lesson.svelte.ts";
import { besideA, kind, type Guess, type Lesson } from "../session/lessons.ts";
import { notices } from "../session/notices.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { scene } from "../session/scene.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { until } from "../session/sweep.svelte.ts";
import { besideBaseline, besideLive, differing } from "./beside.ts";
import { rememberRuns } from "./history.ts";
import { chooseSet } from "./images.ts";
import { evaluate, pause, reset, started, watch } from "./run.ts";
import { anew, configure, useMethod } from "./settings.ts";

const { a } = runs;

/** All lessons that are offered. */
export async function lessons(): Promise<Lesson[]> {
  lesson.all ??= await (await import("../session/lesson-files.ts")).read();
  return lesson.all;
}

/** The lesson of an address; if there is none of this name, the learner is told. */
export async function find(id: string): Promise<Lesson | null> {
  const found = (await lessons()).find((one) => one.id === id);
  if (!found) notices.tell(`There is no lesson named “${id}”.`);
  return found ?? null;
}

/** Begins a lesson, whose settings are there or on their way. */
export function show(one: Lesson): void {
  lesson.guess = null;
  lesson.now = one;
}

/** Has the maps show what is read in the end: of these vectors, coloured by that factor. */
export function look(one: Lesson): void {
  watch(kind(one) === "z" ? "z" : "h");
  const factors = session.images?.factors ?? [];
  const of = factors.findIndex(({ name }) => name === one.answer.part);
  scene.factor = Math.max(0, of);
}

/** Opens a lesson in place of what is there: its images, its settings, and what stands beside A. */
export async function take(known: Lesson): Promise<void> {
  // One that is set up again is another, and as it is written, whatever language it was chosen in.
  const one = { ...(lesson.all?.find(({ id }) => id === known.id) ?? known) };
  const card = session.sets.find(({ id }) => id === one.set);
  if (!a.ready || !card) return;
  rememberRuns();
  pause();
  await until(() => !runs.running);
  besideBaseline("untrained");
  lesson.taken = true;
  show(one);
  // Who has gone on to another one, or left, is not brought back.
  const open = () => lesson.now === one;
  const { [card.id]: drawn, ...others } = session.options;
  if (!lesson.own && (drawn || session.images?.set !== card.id)) {
    session.options = others;
    await chooseSet(card);
  }
  await anew(a, async () => {
    if (!open()) return;
    const { method } = lesson.usual(a.usual)!;
    if (a.settings!.method !== method) await useMethod(a, method);
    // Whatever was turned before is turned back.
    for (const [path, value] of differences(
      a.settings,
      lesson.usual(a.usual),
    )) {
      if (path !== "backend") await configure(a, nest(path, value));
    }
  });
  await started(a);
  // A run of the same settings would go on.
  if (open() && a.log.step > 0) reset(a);
  await started(a);
  if (!open()) return;
  const { is, settings } = besideA(one);
  if (is === "pixels") besideBaseline(is);
  if (is === "live") await besideLive(settings);
  runs.onbeside();
}

/** What stands beside A, if it is not what a page or its lesson begins with. */
export function otherBeside(): {
  is: string;
  settings: [string, Value][];
} | null {
  // A kept run is gone with the page.
  const is = runs.beside === "kept" ? "untrained" : runs.beside;
  const settings = differing();
  const usual = lesson.now
    ? besideA(lesson.now)
    : { is: "untrained", settings: [] };
  const said = (all: [string, Value][]) =>
    JSON.stringify(all.map(([path, value]) => `${path}=${value}`).sort());
  const same = is === usual.is && said(settings) === said(usual.settings);
  return same ? null : { is, settings };
}

/** What the learner has changed of what the lesson sets, in words. */
export function strays(): string[] {
  const { now } = lesson;
  if (!now || !a.settings) return [];
  const turned = lesson
    .changed(a.usual, a.settings)
    .filter(([path]) => !["backend", "seed"].includes(path))
    .map(([path]) => a.row(path)?.label ?? path);
  const others =
    session.images?.set !== now.set || session.options[now.set] !== undefined;
  if (!lesson.own && others) turned.push("the images");
  if (otherBeside() !== null) turned.push("what stands beside A");
  return turned;
}

/** The learner commits to a guess. */
export function guess(one: Guess): void {
  lesson.guess = one;
}

/** Reads what only comes when asked for, of every run of the lesson. */
export function readAnswer(): void {
  for (const run of runs.live) {
    const { scoring, evaluated, step } = run.log;
    if (scoring === null && evaluated?.step !== step) evaluate(run);
  }
}

/** Closes the lesson; runs and settings stay. */
export function leave(): void {
  lesson.now = lesson.guess = null;
  runs.onbeside();
}
