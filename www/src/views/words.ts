// What the core's words are called on the page.
import type { Family } from "../protocol.ts";

/** Families in the menu's order: the field's word, and what keeps all images from one point. */
export const FAMILIES: Record<Family, string> = {
  contrastive: "Contrastive: other images push away",
  redundancy: "Redundancy reduction: features differ",
  distillation: "Self-distillation: follow a slow copy",
  clustering: "Clustering: spread over clusters",
  patches: "Patches: parts know each other",
};
