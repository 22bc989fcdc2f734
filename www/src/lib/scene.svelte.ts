// What the map, the grid and the lists share of the way images are shown.
import { paint, type Atlas } from "./atlas.ts";
import { session } from "../state.svelte.ts";

class Scene {
  /** All images on one canvas, once painted. */
  atlas = $state.raw<Atlas | null>(null);
  /** Which factor colours the points. */
  factor = $state(0);
  /** The image whose neighbours are shown. */
  selected = $state<number | null>(null);

  /** The factor that colours, if there is one. */
  colouring = $derived(
    session.images?.factors[this.factor] ?? session.images?.factors[0],
  );

  /** Class of an image by that factor; all are alike without one. */
  classOf = $derived.by(() => {
    const of = this.colouring?.of;
    return (image: number) => of?.[image] ?? 0;
  });
}

export const scene = new Scene();

/** Paints the atlas whenever the images change. Call it once, in a component. */
export function paintAtlas(): void {
  $effect(() => {
    const images = session.images;
    const stop = new AbortController();
    scene.atlas = null;
    scene.selected = null;
    if (images?.names.length) {
      void paint(images, stop.signal).then((atlas) => {
        if (atlas && !stop.signal.aborted) scene.atlas = atlas;
      });
    }
    return () => stop.abort();
  });
}
