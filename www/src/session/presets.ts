// How large a run is, in three sizes. The first is what the page opens with.
import type { DeepPartial, Settings } from "../protocol.ts";

export type Preset = {
  title: string;
  /** How large the network and the images are. */
  about: string;
  /** How fast that is. */
  pace: string;
  settings: DeepPartial<Settings>;
  /** Images of a set that is drawn to measure. */
  count: number;
};

export const presets = (): Preset[] => [
  {
    title: "Small",
    about: "Narrow network",
    pace: "seconds an epoch on any machine",
    settings: {
      size: 32,
      encoder: { width: 8 },
      train: { batch: 32 },
    },
    count: 512,
  },
  {
    title: "Medium",
    about: "Twice as wide",
    pace: "minutes on a CPU",
    settings: {
      size: 32,
      encoder: { width: 16 },
      train: { batch: 64 },
    },
    count: 2000,
  },
  {
    title: "Large",
    about: "48-pixel images, four times as wide",
    pace: "for a GPU",
    settings: {
      size: 48,
      encoder: { width: 32 },
      train: { batch: 128 },
    },
    count: 5000,
  },
];
