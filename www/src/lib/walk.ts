// From a place to a point, and from point to point by the arrow keys. Points are x then y: `[n, 2]`.

export const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

/** The nearest point from `from` in a direction, sideways counting double; `from` if there is none. */
export function walk(
  points: Float32Array,
  from: number,
  [dx, dy]: [number, number],
): number {
  let best = from;
  let least = Infinity;
  for (let i = 0; i < points.length / 2; i++) {
    const x = points[2 * i]! - points[2 * from]!;
    const y = points[2 * i + 1]! - points[2 * from + 1]!;
    const along = x * dx + y * dy;
    const aside = Math.abs(x * dy - y * dx);
    if (along > 0 && aside <= along && along + 2 * aside < least) {
      least = along + 2 * aside;
      best = i;
    }
  }
  return best;
}

/** The point nearest to a place, and no further than `within`; -1 if there is none. */
export function nearest(
  points: Float32Array,
  x: number,
  y: number,
  within: number,
): number {
  // Twenty thousand points take less than a millisecond: an index would save nothing.
  let best = -1;
  let least = within * within;
  for (let i = 0; i < points.length / 2; i++) {
    const dx = points[2 * i]! - x;
    const dy = points[2 * i + 1]! - y;
    const distance = dx * dx + dy * dy;
    if (distance <= least) {
      least = distance;
      best = i;
    }
  }
  return best;
}
