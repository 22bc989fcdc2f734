// What of a session is kept: plain data, with the version of its form.
import type { Group } from "../session/log.svelte.ts";
import type {
  Advice,
  Bytes,
  Event,
  ImageSet,
  Settings,
  ShapesOptions,
  Space,
} from "../protocol.ts";
import type { SeriesState } from "../lib/series.ts";

/** Version of the form; raised when a page that knows the last one would misread it. */
export const VERSION = 1;

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** Images, with what belongs to them. The files that they come from cannot be kept. */
export type SavedSource = {
  images: ImageSet;
  advice: Advice[];
  options: Record<string, ShapesOptions>;
  given: string | null;
};

/** A run: its log at one step, with all that was learned up to it, unless there was no room. */
export type SavedRun = {
  name: string;
  images: string;
  group: Group | null;
  /** When it made way; null if it had not. */
  when: number | null;
  source: SavedSource | null;
  checkpoint: { step: number; bytes: Bytes } | null;
  seconds: number;
  settings: Settings | null;
  used: Settings | null;
  started: Of<"started"> | null;
  stepped: Omit<Of<"stepped">, "losses"> | null;
  loss: Of<"stepped">["losses"][number] | null;
  views: Of<"views"> | null;
  map: Of<"map"> | null;
  baselines: Of<"baselines"> | null;
  verdict: Of<"verdict"> | null;
  readings: Of<"readings"> | null;
  evaluated: Of<"evaluated"> | null;
  error: string | null;
  losses: SeriesState;
  course: SeriesState;
};

/** One of the two runs that are there: the settings of its next start, and its place among the runs. */
export type SavedSide = {
  settings: Settings;
  run: number | null;
  running: boolean;
};

export type SavedSession = {
  /** What the learner is told of it. */
  about: About;
  /** The query of its address. */
  address: string;
  /** The open lesson, and the place of the guess committed to. */
  lesson: { id: string; guess: number | null } | null;
  /** The present images; null if there are none. */
  source: SavedSource | null;
  a: SavedSide;
  b: SavedSide | null;
  beside: string;
  /** Places of runs: of the one that is put beside A, of those kept, and of those drawn, with their colours. */
  besideRun: number | null;
  kept: number[];
  overlaid: [number, number][];
  space: Space;
  runs: SavedRun[];
};

/** A session in a few words. */
export type About = {
  /** Id of A's method, and of B's if it trains. */
  methods: string[];
  images: string;
  step: number;
  kept: number;
};

/** The same session with less to store: what kept runs have learned is left out. */
export function lean(session: SavedSession): SavedSession {
  const runs = session.runs.map((run, place) =>
    session.kept.includes(place)
      ? { ...run, checkpoint: null, source: null }
      : run,
  );
  return { ...session, runs };
}

/** How a session of an older version becomes one of the next: its body as that version had it. */
type Migration = (body: unknown) => unknown;
const MIGRATIONS: Record<number, Migration> = {};

/** The body of a session of this version, as today's; null if it is of a newer one. */
export function migrated(
  version: number,
  body: unknown,
  { now = VERSION, by = MIGRATIONS } = {},
): unknown {
  if (version > now) return null;
  for (let at = version; at < now; at++) {
    const step = by[at];
    if (!step) throw new Error(`version ${at} of kept sessions is not known`);
    body = step(body);
  }
  return body;
}
