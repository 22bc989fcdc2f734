// What the map, the grid and the lists share of the way images are shown.
import { session } from "./state.svelte.ts";

class Scene {
  /** Which factor colours the points. */
  factor = $state(0);
  /** The image whose neighbours are shown; forgotten when the images change. */
  selected = $derived.by((): number | null => {
    void session.images;
    return null;
  });

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
