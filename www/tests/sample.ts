// Settings of a method that is none.
import type { Settings } from "../src/protocol.ts";

export const usual = {
  version: 1,
  method: "one",
  seed: 1,
  backend: "auto",
  size: 1,
  encoder: { width: 4, norm: true },
  train: { batch: 8, learningRate: null },
  augment: {},
  knobs: {},
} as unknown as Settings;
