// The map's points as the drawing needs them.
import { runs } from "../../session/runs.svelte.ts";
import type { Ring } from "../../lib/scatter.ts";
import { scene } from "../../session/scene.svelte.ts";

class Points {
  /** x then y: `[n, 2]`; null before the first map. */
  places = $derived.by(() => {
    if (!runs.a.log.map) return null;
    const { buffer, byteOffset, byteLength } = runs.a.log.map.points;
    return new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
  });

  #last: number[] = [];
  /** Image of each point: the same list as long as the images are the same, so that points glide. */
  images = $derived.by(() => {
    const now = runs.a.log.map?.images ?? [];
    const same =
      now.length === this.#last.length &&
      now.every((image, i) => image === this.#last[i]);
    if (!same) this.#last = now;
    return this.#last;
  });

  classOf = $derived.by(() => {
    const { classOf } = scene;
    const { images } = this;
    return (point: number) => classOf(images[point] ?? 0);
  });

  /** Rings round the selected image and the nearest to it. */
  rings = $derived.by((): Ring[] => {
    const { selected } = scene;
    if (selected === null) return [];
    const index = new Map(this.images.map((image, point) => [image, point]));
    const ring = (image: number, kind: Ring["kind"]): Ring[] => {
      const point = index.get(image);
      return point === undefined ? [] : [{ point, kind }];
    };
    const found = runs.a.log.neighbours;
    const near =
      found?.index === selected
        ? (["h", "z"] as const).flatMap((kind) =>
            found[kind].flatMap(({ index }) => ring(index, kind)),
          )
        : [];
    return [...near, ...ring(selected, "self")];
  });
}

export const points = new Points();
