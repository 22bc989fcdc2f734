// What the page knows of the present images as a collection: their name, and what was changed of them.
import { commonFolder } from "../images/collection.ts";
import type { Found } from "../images/files.ts";
import type { ImageSet } from "../protocol.ts";
import { session } from "./state.svelte.ts";

/** Own images before a change, and the files that they come from. */
export type Before = {
  images: ImageSet;
  files: Found[];
  /** What the learner called them. */
  given: string | null;
  /** What was done to them, as a sentence. */
  what: string;
};

/** What they are called without any name. */
const unnamed = () => "Own images";

class Collection {
  /** What the learner calls their own images. */
  given = $state<string | null>(null);
  /** The changes that can be taken back, the last one last. */
  past = $state.raw<Before[]>([]);
  /** The images before the last of them. */
  before = $derived(this.past.at(-1)?.images);

  /** Which of them are selected; none once they have changed. */
  selected = $derived.by((): ReadonlySet<number> => {
    void session.images;
    return new Set();
  });

  /** Whether they are the learner's own. */
  own = $derived(session.count > 0 && session.images?.set === null);
  /** What they are called; empty without images. */
  name = $derived.by(() => {
    if (session.setCard) return session.setCard.title;
    if (!this.own) return "";
    return this.given ?? commonFolder(session.images!.names) ?? unnamed();
  });
}

export const collection = new Collection();
