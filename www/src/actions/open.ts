// The page's beginning, its address, and what other programs may use of it.
import * as address from "../session/address.ts";
import type { Client } from "../core/client.ts";
import { offline, reload, type Told } from "../core/offline.ts";
import { at, differences, nest, type Value } from "../lib/paths.ts";
import type { Command } from "../protocol.ts";
import { lesson } from "../session/lesson.svelte.ts";
import { within } from "../session/lessons.ts";
import { notices } from "../session/notices.svelte.ts";
import type { Run } from "../session/run.svelte.ts";
import { runs } from "../session/runs.svelte.ts";
import { session } from "../session/state.svelte.ts";
import { besideBaseline, besideLive } from "./beside.ts";
import { follow, openSet, takenBy } from "./images.ts";
import { find, otherBeside, show } from "./lesson.ts";
import { keepRuns } from "./keep.ts";
import { takeOffers, useMethod } from "./settings.ts";
import { take } from "./takeout.ts";

/** Opens with what the address asks for, or else with the first built-in set. */
export async function open(): Promise<void> {
  const { a } = runs;
  const client = a.client!;
  follow();
  keepRuns();
  takenBy(take);
  takeOffers();
  window.twoviews = {
    ...handle(runs.a),
    runs: { a: handle(runs.a), b: handle(runs.b) },
  };
  const written = address.read(location.search);
  const [found] = await Promise.all([
    written.lesson === null ? null : find(written.lesson),
    client.next("ready"),
  ]);
  if (found) show(found);
  const asked = found ? within(written, found) : written;
  const defaults = session.defaults!;
  const named = session.sets.find(({ id }) => id === asked.set);
  if (asked.set !== null && !named) {
    notices.tell(`There is no set named “${asked.set}”.`, "set");
  }
  const card = named ?? session.sets[0];
  // All is sent at once, and answered in this order: each answer that is waited for costs a turn of
  // the worker. One by one, for what is refused does not take the others with it.
  void useMethod(a, defaults.method);
  asked.settings.sort(([a], [b]) => +(b === "method") - +(a === "method"));
  for (const [path, text] of asked.settings) {
    if (path === "method") void useMethod(a, text);
    else {
      const value = address.parse(defaults, path, text);
      client.send({ type: "configure", settings: nest(path, value) });
    }
  }
  if (card?.options && asked.options.length > 0) {
    const parsed = asked.options.map(([key, text]) => [
      key,
      address.parse(card.options, key, text),
    ]);
    const options = { ...card.options, ...Object.fromEntries(parsed) };
    session.options = { [card.id]: options };
  }
  client.on("configured", keepAddress);
  client.on("loaded", keepAddress);
  runs.onbeside = keepAddress;
  // What it keeps it fetches beside the first images, which are drawn here, and not before the core.
  void offline(told);
  if (!card) return;
  const settings = asked.settings.map(([path, text]): [string, Value] => [
    path,
    address.parse(defaults, path, text),
  ]);
  await openSet(card, settings);
  // What the address asks for may be refused: the set comes as it is usually drawn.
  if (!session.images && asked.options.length > 0) {
    await openSet(card, settings);
  }
  if (asked.beside) await openBeside(asked.beside);
}

/** Says that another release is there, or what could not be had of this one. */
function told(what: Told): void {
  const texts = {
    ready: "A new version of this page is there: reload it, your run is kept.",
    gone: "A new version of this page is there, and part of this one has gone with it: reload it, your run is kept.",
    away: "Part of this page could not be loaded. Is there a connection? Try again when there is.",
  };
  const offers = [{ label: "Reload", act: () => void reload() }];
  notices.tell(
    texts[what],
    null,
    what !== "ready",
    what === "away" ? [] : offers,
    true,
  );
}

/** What the address wants beside A. */
async function openBeside({ is, settings }: address.Other): Promise<void> {
  if (is === "pixels" || is === "untrained") return besideBaseline(is);
  if (is !== "live") {
    return notices.tell(`Nothing named “${is}” can stand beside A.`);
  }
  const defaults = session.defaults!;
  await besideLive(
    settings.map(([path, text]) => [path, address.parse(defaults, path, text)]),
  );
}

/** Settings in the address of own images: whoever opens it may have others, so what suits these is part of
 * it, even where the learner is back at a default. */
function own(): [string, Value][] {
  const { advice } = session;
  const { settings, plain } = runs.a;
  const chosen = advice.map(({ path }): [string, Value] => [
    path,
    at(settings, path) ?? null,
  ]);
  return [...new Map([...differences(plain, settings), ...chosen])];
}

function keepAddress(): void {
  const { images, setCard, sets, options } = session;
  const { settings, usual } = runs.a;
  // Until the first images have come, it is still being answered what the address asks for.
  if (!settings || !images) return;
  const drawn = setCard && options[setCard.id];
  const { now } = lesson;
  const first = now ? now.set : sets[0]?.id;
  address.write(
    setCard && setCard.id !== first ? setCard.id : null,
    drawn ? differences(setCard.options, drawn) : [],
    setCard ? lesson.changed(usual, settings) : own(),
    otherBeside(),
    now?.id ?? null,
  );
}

/** A command of another program, which keeps its own: what is none at all would not be answered. */
function copied(command: Command): Command {
  const { type } = Object(command) as Partial<Command>;
  if (typeof type !== "string") {
    throw new TypeError("a command is an object with a type, which is a text");
  }
  return structuredClone(command);
}

/** A run for other programs. */
function handle(run: Run) {
  return {
    /** Gives its core a command; a run without one does nothing. Throws if that cannot be sent to a worker. */
    send: (command: Command) => run.send(copied(command)),
    on: (...heard: Parameters<Client["on"]>) => run.client?.on(...heard),
    snapshot: () => snapshot(run),
  };
}

/** What a test or a lesson may want to know of a run, in one object: of the run that is there, or else of the
 * one that would begin. */
function snapshot(run: Run) {
  const { stepped, loss, verdict, readings, started } = run.log;
  const settings = started ? run.log.settings : run.settings;
  const { score } = run;
  return {
    state: run.state,
    method: settings?.method ?? "",
    backend: run.device?.backend ?? settings?.backend ?? "auto",
    seed: settings?.seed ?? 0,
    step: stepped?.step ?? 0,
    epoch: stepped?.epoch ?? 0,
    epochs: stepped?.epochs ?? settings?.train.epochs ?? 0,
    loss: loss && {
      total: loss.total,
      terms: Object.fromEntries(loss.terms.map(({ id, value }) => [id, value])),
    },
    verdict: verdict && {
      step: verdict.step,
      collapse: verdict.collapse,
      learned: verdict.learned,
      next: verdict.next,
    },
    readings: readings?.values ?? [],
    /** The reading by which is judged what was learned; null without labels. */
    knn: typeof score?.h === "number" ? score : null,
    images: session.count,
    skipped: session.skipped,
    error: run.failed ?? run.refused,
  };
}

declare global {
  interface Window {
    twoviews: ReturnType<typeof handle> & {
      runs: Record<"a" | "b", ReturnType<typeof handle>>;
    };
  }
}
