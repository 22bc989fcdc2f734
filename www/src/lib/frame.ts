// What part of a map's plane its box shows: as much as the untrained map needs, or more, and from
// there as the learner zooms.

/**
 * How far a learner has zoomed in and where they have moved the middle, in half sides of the box:
 * so one view fits boxes of any size.
 */
export type View = { x: number; y: number; k: number };

/** All of it. */
export const WHOLE: View = { x: 0, y: 0, k: 1 };

/** Largest zoom. */
export const CLOSEST = 100;

/** A view by `factor` closer to its middle, or further from it. */
export function closer({ x, y, k }: View, factor: number): View {
  const next = Math.min(CLOSEST, Math.max(1, k * factor));
  return next === 1 ? WHOLE : { x: (x * next) / k, y: (y * next) / k, k: next };
}

/** The half-width that points need: their largest coordinate. */
export function need(points: Float32Array): number {
  let most = 0;
  for (const value of points) most = Math.max(most, Math.abs(value));
  return most;
}

/** By this a frame grows at a time: a wobble of the cloud moves no axes. */
const RUNG = 1.25;

/**
 * What one map asks of the frame: its half-width in units of `reach`, that which the untrained map
 * needs. So maps of different units (h, pixels) can stand on common axes, and a cloud that has
 * shrunk is drawn small. It only grows, until another run begins.
 */
export class Growth {
  #of: unknown;
  #grown = new Map<string, number>();
  /** What the first points needed, of maps whose reach is not known. */
  #first = new Map<string, number>();

  /** Takes in the points of one run: its unit, and how many units its frame has to be wide. */
  take(
    of: unknown,
    vector: string,
    points: Float32Array,
    reach: number | undefined,
  ): { unit: number; units: number } {
    if (this.#of !== of) {
      this.#grown.clear();
      this.#first.clear();
      this.#of = of;
    }
    const needed = need(points);
    const unit = reach ?? this.#first.get(vector) ?? needed;
    this.#first.set(vector, unit);
    if (unit === 0) return { unit: 1, units: 1 };
    // A hair over a rung, by rounding, is that rung.
    const rungs = Math.log(needed / unit) / Math.log(RUNG) - 1e-3;
    const grown = RUNG ** Math.max(0, Math.ceil(rungs));
    const units = Math.max(this.#grown.get(vector) ?? 1, grown);
    this.#grown.set(vector, units);
    return { unit, units };
  }
}

/** Where the plane lies on a box, in pixels: pixels a unit, and the place of the origin. */
export type Placing = { scale: number; right: number; down: number };

/** Places a plane whose half-width is `half` on a box with a margin, in pixels. */
export function placing(
  [width, height]: [number, number],
  margin: number,
  half: number,
  { x, y, k }: View,
): Placing {
  const side = Math.min(width, height) / 2;
  return {
    scale: (Math.max(10, side - margin) / half) * k,
    right: width / 2 + x * side,
    down: height / 2 + y * side,
  };
}

/** A view as what d3-zoom does to a box: `screen = k * place + (x, y)`. */
export function transformOf([width, height]: [number, number], view: View) {
  const side = Math.min(width, height) / 2;
  return {
    x: (width / 2) * (1 - view.k) + view.x * side,
    y: (height / 2) * (1 - view.k) + view.y * side,
    k: view.k,
  };
}

/** The view that d3-zoom has made. */
export function viewOf(
  [width, height]: [number, number],
  { x, y, k }: { x: number; y: number; k: number },
): View {
  const side = Math.min(width, height) / 2;
  return {
    x: (x - (width / 2) * (1 - k)) / side,
    y: (y - (height / 2) * (1 - k)) / side,
    k,
  };
}
