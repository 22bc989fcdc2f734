// What the maps, the grid and the lists share of the way images are shown: point at an image in one, and
// it is ringed in all.
import { SvelteMap } from "svelte/reactivity";
import { closer, WHOLE, type View } from "../lib/frame.ts";
import type { Space } from "../protocol.ts";
import { session } from "./state.svelte.ts";

/** A value that is forgotten when the images change. */
const forgotten = <T>(value: T): T => {
  void session.images;
  return value;
};

/** So many images are drawn as themselves until the learner chooses. */
const FEW = 300;

class Scene {
  /** Which of the two vectors the maps show. */
  space = $state<Space>("h");
  /** Which factor colours the points. */
  factor = $state(0);
  /** The image whose neighbours are shown. */
  selected = $derived(forgotten<number | null>(null));
  /** The image pointed at, or walked to. */
  hovered = $derived(forgotten<number | null>(null));
  /** The images a lasso was drawn around. */
  lassoed = $derived(forgotten<number[]>([]));
  /** The class that stands out, by the factor that colours. */
  only = $derived.by((): number | null => {
    void this.colouring;
    return null;
  });
  /** Whether a drag draws a lasso. */
  lasso = $state(false);
  /** How far one has zoomed in. */
  view = $derived(forgotten<View>(WHOLE));
  /** What the learner has chosen to see of each image. */
  chosen = $state<"dots" | "images" | null>(null);

  /** The factor that colours, if there is one. */
  colouring = $derived(session.factors[this.factor] ?? session.factors[0]);

  /** Class of an image by that factor; all are alike without one. */
  classOf = $derived.by(() => {
    const of = this.colouring?.of;
    return (image: number) => of?.[image] ?? 0;
  });

  /** Name of the class of an image; empty without one. */
  labelOf = $derived.by(() => {
    const { colouring } = this;
    return (image: number) =>
      colouring?.classes[colouring.of[image] ?? -1] ?? "";
  });

  /** Which images stand out; null if none does. */
  lit = $derived.by((): ((image: number) => boolean) | null => {
    if (this.lassoed.length > 0) {
      const inside = new Set(this.lassoed);
      return (image) => inside.has(image);
    }
    const { only, classOf } = this;
    return only === null ? null : (image) => classOf(image) === only;
  });

  /** Whether points are the images themselves: few are, and so are those that nothing else tells apart. */
  pictures = $derived(
    this.chosen
      ? this.chosen === "images"
      : session.count <= FEW || !this.colouring,
  );

  #asked = new SvelteMap<string, number>();
  /** Half-width of all frames, in units of what each one's untrained map needs. */
  grown = $derived(Math.max(1, ...this.#asked.values()));

  /** One map asks for a frame of so many units; returns what ends this. */
  ask(map: string, units: number): () => void {
    this.#asked.set(map, units);
    return () => this.#asked.delete(map);
  }

  zoom(factor: number): void {
    this.view = closer(this.view, factor);
  }

  /** All points in view. */
  fit(): void {
    this.view = WHOLE;
  }

  /** Nothing is chosen any more. */
  clear(): void {
    this.selected = this.hovered = this.only = null;
    this.lassoed = [];
    this.lasso = false;
  }
}

export const scene = new Scene();
