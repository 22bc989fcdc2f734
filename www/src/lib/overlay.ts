// A map of some images over the last map of more: these move, the others stay.
import type { Event } from "../protocol.ts";

type Map = Extract<Event, { type: "map" }>;

/** Bytes of a point: two f32. */
const POINT = 8;

/** The new map; if it is partial, with the points of the last one that it leaves out. */
export function overlaid(last: Map | null, now: Map): Map {
  if (!now.partial || last?.space !== now.space) return now;
  const fresh = new Set(now.images);
  const images = last.images.filter((image) => !fresh.has(image));
  if (images.length === 0) return now;
  const old = new Set(images);
  const merged = [...images, ...now.images].sort((a, b) => a - b);
  const points = new Uint8Array(merged.length * POINT);
  const next = { last: 0, now: 0 };
  const take = (from: "last" | "now", map: Map, image: number): Uint8Array => {
    while (map.images[next[from]] !== image) next[from]++;
    const at = next[from] * POINT;
    return map.points.subarray(at, at + POINT);
  };
  merged.forEach((image, place) => {
    const point = old.has(image)
      ? take("last", last, image)
      : take("now", now, image);
    points.set(point, place * POINT);
  });
  return { ...now, images: merged, points };
}
