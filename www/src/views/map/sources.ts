// What a map shows: a run, live or kept, the untrained network, raw pixels: all in one shape.
import type { Bytes, Event, Neighbour, Space } from "../../protocol.ts";
import type { Baseline } from "../../session/runs.svelte.ts";
import type { Log } from "../../session/log.svelte.ts";

type Of<T extends Event["type"]> = Extract<Event, { type: T }>;

/** Points and what is known of them. `step`: null where nothing is trained. */
export type Mapped = Pick<Of<"map">, "images" | "points" | "explained"> & {
  step: number | null;
  /** Half-width that the untrained map needs, in the units of the points. */
  reach?: number;
};

export type Source = {
  /** A or B; empty if it stands alone. */
  name: string;
  /** What is mapped. */
  vector: Space | "pixels";
  /** Whose points these are: something else for another run, whose axes start anew. */
  of: unknown;
  /** Null before the first map. */
  map: Mapped | null;
  /** The images nearest to one, nearest first, among so many. */
  nearest: { index: number; among: number; list: Neighbour[] } | null;
  /** Whether they are being looked for. */
  seeking: boolean;
};

/** What a run has of a vector: of the other one, until the map of this one has come. */
export function ofRun(log: Log, wanted: Space, name = ""): Source {
  const { map, neighbours, seeking } = log;
  const vector = map?.space ?? wanted;
  return {
    name,
    vector,
    of: log,
    map,
    nearest: neighbours && { ...neighbours, list: neighbours[vector] },
    seeking,
  };
}

/** What a vector is called. */
export const named = (vector: Source["vector"]): string =>
  vector === "pixels" ? /* @wc-include */ "pixels" : vector;

/** Its name as part of a longer one. */
export const suffix = ({ name }: Source) => (name ? ` ${name}` : "");

/** Points as numbers: x then y, `[n, 2]`. */
export function numbers(points: Bytes): Float32Array {
  const { buffer, byteOffset, byteLength } = points;
  return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
}

/** A baseline of a run, which no training changes. */
export function ofBaseline(
  log: Log,
  baseline: Baseline,
  space: Space,
  name: string,
): Source {
  const { baselines, neighbours, seeking } = log;
  const vector = baseline === "pixels" ? "pixels" : space;
  const of = { h: "untrainedH", z: "untrainedZ", pixels: "pixels" } as const;
  const key = of[vector];
  return {
    name,
    vector,
    of: log,
    map: baselines && {
      images: baselines.images,
      ...baselines[key],
      step: null,
    },
    nearest: neighbours && { ...neighbours, list: neighbours[key] },
    seeking,
  };
}
