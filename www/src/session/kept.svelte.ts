// Runs that made way for others: with their curves, maps and readings, and as long as there is room with all
// that they had learned.
import type { Log } from "./log.svelte.ts";
import { session } from "./state.svelte.ts";

/** Most bytes of checkpoints, and of images that are not the present ones. */
const ROOM = 400e6;
/** Curves that can be told apart beside the present ones. */
const CURVES = 5;

export class Kept {
  static #count = 0;
  readonly id = ++Kept.#count;
  readonly log: Log;
  /** When it made way, as milliseconds since 1970. */
  readonly when: number;

  constructor(log: Log, when = Date.now()) {
    this.log = log;
    this.when = when;
  }

  get name(): string {
    return this.log.name;
  }
  /** Whether it can be gone on with. */
  get whole(): boolean {
    return this.log.weights !== null;
  }
}

/** A run whose curves are drawn beside the present ones. */
export type Overlay = { name: string; log: Log; colour: number };

class KeptRuns {
  /** The one that made way last comes first. */
  list = $state.raw<Kept[]>([]);
  /** Those whose curves are drawn beside the present ones, and the number of their colour. */
  overlaid = $state.raw<ReadonlyMap<Kept, number>>(new Map());

  overlays = $derived(
    [...this.overlaid].map(([{ name, log }, colour]): Overlay => ({
      name,
      log,
      colour,
    })),
  );

  /** What was deleted last, as long as it can be taken back: until another run makes way. */
  deleted = $state.raw<Kept[]>([]);

  add(...some: Kept[]): void {
    this.deleted = [];
    this.list = [...some, ...this.list].sort((a, b) => b.when - a.when);
    makeRoom(this.list.map(({ log }) => log));
  }

  remove(...some: Kept[]): void {
    this.list = this.list.filter((kept) => !some.includes(kept));
    const left = [...this.overlaid].filter(([kept]) => !some.includes(kept));
    this.overlaid = new Map(left);
  }

  /** Deletes runs, which can be taken back. */
  delete(...some: Kept[]): void {
    this.remove(...some);
    this.deleted = some;
  }

  find(log: Log): Kept | undefined {
    return this.list.find((kept) => kept.log === log);
  }

  /** Draws its curves beside the present ones, or no more. */
  overlay(kept: Kept, on: boolean): void {
    const overlaid = new Map(this.overlaid);
    overlaid.delete(kept);
    const used = [...overlaid.values()];
    const colour = Array.from({ length: CURVES }, (_, i) => i).find(
      (i) => !used.includes(i),
    );
    if (on && colour !== undefined) overlaid.set(kept, colour);
    this.overlaid = overlaid;
  }

  /** Whether another one's curves would not be told apart. */
  full = $derived(this.overlaid.size >= CURVES);
}

/** The first of these keep what they learned; those beyond the room keep their curves alone. */
export function makeRoom(
  logs: Pick<Log, "checkpoint" | "source">[],
  room = ROOM,
  present: unknown = session.images,
): void {
  const known = new Set([present]);
  for (const log of logs) {
    const images = log.source?.images;
    if (!log.checkpoint || !images) continue;
    room -= log.checkpoint.bytes.length;
    if (!known.has(images)) room -= images.pixels.length;
    known.add(images);
    // Those that come after it are older.
    if (room < 0) log.checkpoint = log.source = null;
  }
}

export const kept = new KeptRuns();
