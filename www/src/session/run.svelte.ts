// All that belongs to one run. Another run is another object, so nothing of the last one is left over.
import { Series } from "../lib/series.ts";
import type { Event } from "../protocol.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** The events that tell how a run goes. */
export type Progress = Of<
  | "stepped"
  | "views"
  | "map"
  | "health"
  | "verdict"
  | "knn"
  | "evaluated"
  | "neighbours"
  | "failed"
>;

export class Run {
  /** Its network and device; null as long as no network has been made of the images. */
  readonly started: Of<"started"> | null;
  /** Paths of settings that wait for the next start. */
  pending = $state.raw<string[]>([]);

  stepped = $state.raw<Omit<Of<"stepped">, "losses"> | null>(null);
  loss = $state.raw<Of<"stepped">["losses"][number] | null>(null);
  views = $state.raw<Of<"views"> | null>(null);
  map = $state.raw<Of<"map"> | null>(null);
  health = $state.raw<Of<"health"> | null>(null);
  verdict = $state.raw<Of<"verdict"> | null>(null);
  knn = $state.raw<Of<"knn"> | null>(null);
  evaluated = $state.raw<Of<"evaluated"> | null>(null);
  /** Whether the full score is being waited for. */
  scoring = $state(false);
  neighbours = $state.raw<Of<"neighbours"> | null>(null);
  /** Whether the nearest images are being waited for. */
  seeking = $state(false);
  /** Why it has failed. */
  error = $state<string | null>(null);

  /** Curves; `drawn` counts up when they have grown. */
  readonly losses = new Series();
  readonly spreads = new Series();
  readonly scores = new Series();
  drawn = $state(0);

  constructor(started: Of<"started"> | null = null) {
    this.started = started;
  }

  /** What was asked for will not come. */
  giveUp(): void {
    this.scoring = this.seeking = false;
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
        this.map = event;
        break;
      case "health":
        this.health = event;
        this.spreads.push(event.step, {
          stdH: event.h.std,
          stdZ: event.z.std,
          rankH: event.h.effectiveRank,
          rankZ: event.z.effectiveRank,
        });
        this.drawn++;
        break;
      case "verdict":
        this.verdict = event;
        break;
      case "knn":
        this.knn = event;
        this.scores.push(event.step, { h: event.h, z: event.z });
        this.drawn++;
        break;
      case "evaluated":
        this.scoring = false;
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

  #step({ losses, ...rest }: Of<"stepped">): void {
    this.stepped = rest;
    this.loss = losses.at(-1) ?? this.loss;
    for (const { step, total, terms } of losses) {
      const values: Record<string, number> = { total };
      for (const { id, value, weight } of terms) values[id] = value * weight;
      this.losses.push(step, values);
    }
    this.drawn++;
  }
}
