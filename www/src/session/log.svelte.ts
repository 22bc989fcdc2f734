// What has become of one run, from its first step on. Another run has another log, so nothing of the last
// one is left over.
import type { Found } from "../images/files.ts";
import { overlaid } from "../lib/overlay.ts";
import { Series } from "../lib/series.ts";
import type { SavedRun } from "../store/saved.ts";
import type {
  Advice,
  Bytes,
  Event,
  ImageSet,
  Settings,
  ShapesOptions,
} from "../protocol.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** The events that tell how a run goes. */
export type Progress = Of<
  | "stepped"
  | "views"
  | "map"
  | "baselines"
  | "readings"
  | "verdict"
  | "evaluating"
  | "evaluated"
  | "neighbours"
  | "failed"
>;

/** The name of a live reading's column; of several parts the first has it. */
export const column = (id: string, of: "h" | "z"): string => `${id}: ${of}`;

/** The images that a run learns from, with all that belongs to them. */
export type Source = {
  images: ImageSet;
  advice: Advice[];
  /** How drawn sets were drawn, where the learner had changed it. */
  options: Record<string, ShapesOptions>;
  /** The files that own images come from. */
  files: Found[];
  /** What the learner called them. */
  given: string | null;
};

/** Runs that belong together: repeats of one, but for a seed or a setting. */
export type Group = { title: string; seeds: boolean };

export class Log {
  /** Its network and device; null as long as no network has been made of the images. */
  readonly started: Of<"started"> | null;
  /** Its name on this page; empty before a network is made. */
  name = $state("");
  /** What it learns from, in words. */
  images = "";
  /** The same, until it has to make room. */
  source: Source | null = null;
  /** The repeats that it is one of. */
  group = $state.raw<Group | null>(null);
  /** Its last checkpoint, until that has to make room. */
  checkpoint = $state.raw<Of<"checkpoint"> | null>(null);
  /** What it was at that step, once all that led to it has been told. */
  saved = $state.raw<SavedRun | null>(null);
  /** Seconds spent in its steps, about. */
  seconds = $state(0);
  /** The settings in force in it. */
  settings = $state.raw<Settings | null>(null);

  /** Those with which its last step was done. */
  used: Settings | null = null;

  stepped = $state.raw<Omit<Of<"stepped">, "losses"> | null>(null);
  loss = $state.raw<Of<"stepped">["losses"][number] | null>(null);
  views = $state.raw<Of<"views"> | null>(null);
  map = $state.raw<Of<"map"> | null>(null);
  /** The untrained network and raw pixels, on the axes of the map. */
  baselines = $state.raw<Of<"baselines"> | null>(null);
  verdict = $state.raw<Of<"verdict"> | null>(null);
  /** The live readings. */
  readings = $state.raw<Of<"readings"> | null>(null);
  /** All readings, once asked for. */
  evaluated = $state.raw<Of<"evaluated"> | null>(null);
  /** The part of all readings that is taken, from 0 to 1, while they are waited for; else null. */
  scoring = $state<number | null>(null);
  neighbours = $state.raw<Of<"neighbours"> | null>(null);
  /** Whether the nearest images are being waited for. */
  seeking = $state(false);
  /** Why it has failed. */
  error = $state<string | null>(null);

  /** Curves; `drawn` counts up when they have grown. */
  readonly losses: Series;
  /** The live readings, a column for h and one for z: see `column`. */
  readonly course: Series;
  drawn = $state(0);

  /** With `saved`, it is what was kept of a run. */
  constructor(
    started: Of<"started"> | null = null,
    settings: Settings | null = null,
    saved?: SavedRun,
  ) {
    this.started = started;
    this.settings = settings;
    this.losses = saved ? Series.from(saved.losses) : new Series();
    this.course = saved ? Series.from(saved.course) : new Series();
  }

  /** What was kept of a run. Its images are those of `source`. */
  static of(saved: SavedRun): Log {
    const {
      source,
      checkpoint,
      losses: _,
      course: __,
      when: ___,
      ...rest
    } = saved;
    const { started, settings, ...told } = rest;
    const log = new Log(started, settings, saved);
    Object.assign(log, told);
    log.source = source && { ...source, files: [] };
    log.checkpoint = checkpoint && { type: "checkpoint", ...checkpoint };
    return log;
  }

  /** What can be kept of it: as it is, whatever becomes of it. */
  freeze(): SavedRun {
    const { name, images, group, seconds, settings, used, started } = this;
    const { stepped, loss, views, map, baselines, verdict } = this;
    const { readings, evaluated, error, checkpoint, source } = this;
    return {
      ...{ name, images, group, seconds, settings, used, started },
      ...{ stepped, loss, views, map, baselines, verdict },
      ...{ readings, evaluated, error },
      when: null,
      source: source && {
        images: source.images,
        advice: source.advice,
        options: source.options,
        given: source.given,
      },
      checkpoint: this.weights && {
        step: checkpoint!.step,
        bytes: checkpoint!.bytes,
      },
      losses: this.losses.state,
      course: this.course.state,
    };
  }

  /** Takes in a checkpoint. Steps up to it may still have to be told. */
  keep(checkpoint: Of<"checkpoint">): void {
    this.checkpoint = checkpoint;
    if (checkpoint.step === this.step) this.saved = this.freeze();
  }

  /** Steps done. */
  get step(): number {
    return this.stepped?.step ?? 0;
  }
  /** All that was learned up to the last step; null if that is not known any more. */
  get weights(): Bytes | null {
    const { checkpoint, step } = this;
    return checkpoint?.step === step ? checkpoint.bytes : null;
  }

  /** Whether all that it has learned is known here. */
  get known(): boolean {
    return this.step === 0 || this.weights !== null;
  }

  /** What was asked for will not come. */
  giveUp(): void {
    this.scoring = null;
    this.seeking = false;
  }

  /** Takes in one event. */
  apply(event: Progress): void {
    switch (event.type) {
      case "stepped":
        this.#step(event);
        break;
      case "views":
        this.views = event;
        break;
      case "map":
        this.map = overlaid(this.map, event);
        break;
      case "baselines":
        this.baselines = event;
        break;
      case "verdict":
        this.verdict = event;
        break;
      case "readings":
        this.#read(event);
        break;
      case "evaluating":
        // They may have been given up meanwhile.
        if (this.scoring !== null) this.scoring = event.progress;
        break;
      case "evaluated":
        this.scoring = null;
        this.evaluated = event;
        break;
      case "neighbours":
        this.seeking = false;
        this.neighbours = event;
        break;
      case "failed":
        this.giveUp();
        this.error = event.error;
        break;
      default:
        event satisfies never;
    }
  }

  #read(event: Of<"readings">): void {
    this.readings = event;
    const values: Record<string, number> = {};
    for (const { id, h, z } of event.values) {
      if (typeof h === "number") values[column(id, "h")] ??= h;
      if (typeof z === "number") values[column(id, "z")] ??= z;
    }
    this.course.push(event.step, values);
    this.drawn++;
  }

  #step({ losses, ...rest }: Of<"stepped">): void {
    if (losses.length > 0) this.used = this.settings;
    this.seconds += (losses.length * rest.msPerStep) / 1000;
    for (const loss of losses) {
      const { step, total, terms } = loss;
      const values: Record<string, number> = { total };
      for (const { id, value, weight } of terms) values[id] = value * weight;
      this.losses.push(step, values);
      this.loss = loss;
      if (step !== this.checkpoint?.step) continue;
      // What follows is not in the checkpoint.
      const epoch = Math.floor(step / (this.started?.stepsPerEpoch ?? step));
      this.stepped = { ...rest, step, epoch };
      this.saved = this.freeze();
    }
    this.stepped = rest;
    this.drawn++;
  }
}
