// What words are called on the page, and what they mean: two short sentences each.
import type { Family, Role } from "../protocol.ts";

/** Families in the menu's order: the field's word, and what keeps all images from one point. */
export const families = (): Record<Family, string> => ({
  contrastive: "Contrastive: other images push away",
  redundancy: "Redundancy reduction: features differ",
  distillation: "Self-distillation: follow a slow copy",
  clustering: "Clustering: spread over clusters",
  patches: "Patches: parts know each other",
});

type Meaning = {
  word: string;
  about: string;
  /** What it is in the picture of the way from an image to the loss, if it is in it. */
  part?: Role;
};

/**
 * Words of the field that stand on the page. What a setting or a reading is, its row or card of the core
 * says.
 */
export function words() {
  return {
    encoder: {
      word: /* @wc-include */ "encoder",
      about:
        "A convolutional network that turns an image into numbers, the representation h. It is what one trains for; all that follows it is thrown away afterwards.",
      part: "encoder",
    },
    h: {
      word: "h",
      about:
        "The representation: what the encoder makes of an image. It is kept and used after training, so h is what is scored first.",
      part: "representation",
    },
    projector: {
      word: /* @wc-include */ "projector",
      about:
        "A small network that turns h into z. The loss makes z forget how the views differ; the projector bears that, so that h need not.",
      part: "projector",
    },
    z: {
      word: "z",
      about:
        "The embedding: what the projector makes of h. The loss sees nothing else; after training, h mostly serves better.",
      part: "embedding",
    },
    predictor: {
      word: /* @wc-include */ "predictor",
      about:
        "A small network that guesses one view's z from the other's. Where nothing pushes images apart, it takes part in keeping all images from becoming one point.",
      part: "predictor",
    },
    stopGradient: {
      word: /* @wc-include */ "stop-gradient",
      about:
        "No gradient flows back from here: this side is taken as it is. Only the other side moves towards it.",
    },
    ema: {
      word: "moving average",
      about:
        "Exponential moving average (EMA): a slow copy, whose weights follow those in training a little at each step. It takes no gradient, and is a steadier aim than the network itself.",
    },
    score: {
      word: "kNN",
      about:
        "Each image is given the label that most of its 5 nearest other images have. Nothing is trained for it, so it tells whether images of a kind lie together.",
    },
    pixels: {
      word: "raw pixels",
      about:
        "The same score with the pixels themselves in place of h. Below it, the images as they are would do better than the network.",
    },
    untrained: {
      word: /* @wc-include */ "untrained",
      about:
        "The same score with h of the same network before its first step. Only what goes beyond it was learned.",
    },
    chance: {
      word: /* @wc-include */ "chance",
      about:
        "What one scores without looking: by naming the most frequent label for every image. No score means much near it.",
    },
    lossAtChance: {
      word: "at chance",
      about:
        "The loss where what the views say tells nothing of their image. Below it, something is told.",
    },
    pca: {
      word: "PCA",
      about:
        "A map has two axes, a vector many. Principal component analysis takes the two directions in which the vectors differ most; distances on a flat map mislead, so trust the kNN score.",
    },
    variance: {
      word: "of variance",
      about:
        "Of all that the vectors differ by, so much lies along the two axes. Near 100 %, the map tells nearly all; near 10 %, points that lie together here may be far apart.",
    },
    cosine: {
      word: /* @wc-include */ "cosine",
      about:
        "The cosine of the angle between two vectors. It is 1 where they point the same way, 0 where they have nothing in common, -1 where they are opposite.",
    },
    labels: {
      word: /* @wc-include */ "labels",
      about:
        "Labels colour the points and score the network; they never train it. Press one to see where its images lie.",
    },
    dashed: {
      word: /* @wc-include */ "dashed",
      about:
        "A near image in a dashed frame has another label than the one clicked. Few of them: the network puts images of a kind together.",
    },
  } satisfies Record<string, Meaning>;
}

export type Word = keyof ReturnType<typeof words>;

/** What explains a box of a diagram, if a word does. */
export const PARTS: Partial<Record<Role, Word>> = {
  encoder: "encoder",
  representation: "h",
  projector: "projector",
  embedding: "z",
  predictor: "predictor",
  stopGradient: "stopGradient",
};
