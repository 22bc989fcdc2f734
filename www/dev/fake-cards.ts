// What the made-up core says of itself.
import type { Card, SetCard, Settings } from "../src/protocol.ts";

export const KNOBS: Record<string, Settings["knobs"]> = {
  contrast: { temperature: Math.fround(0.2) },
  spread: { similarity: 25, variance: 25, covariance: 1 },
};

export const DEFAULTS: Settings = {
  version: 1,
  method: "contrast",
  seed: 42,
  backend: "auto",
  size: 32,
  encoder: { width: 16 },
  train: {
    batch: 64,
    epochs: 40,
    optimizer: "adamw",
    learningRate: null,
    weightDecay: 1e-4,
    momentum: Math.fround(0.9),
    warmup: Math.fround(0.05),
    finalRate: 0,
  },
  augment: {
    crop: {
      probability: 1,
      minArea: Math.fround(0.2),
      maxArea: 1,
      maxAspect: Math.fround(4 / 3),
    },
    flip: { probability: 0.5 },
    jitter: {
      probability: Math.fround(0.8),
      brightness: Math.fround(0.4),
      contrast: Math.fround(0.4),
      saturation: Math.fround(0.4),
      hue: Math.fround(0.1),
    },
    grey: { probability: Math.fround(0.2) },
    blur: { probability: 0, minSigma: Math.fround(0.1), maxSigma: 2 },
    solarise: { probability: 0, threshold: 0.5 },
  },
  knobs: { ...KNOBS.contrast },
};

const published = {
  latent: 128,
  batch: 4096,
  optimizer: "lars",
  ratePer256: 0.3,
  weightDecay: 1e-6,
  epochs: 100,
  schedule: "cosine",
} as const;
const weight = {
  type: "number",
  min: 0,
  max: 100,
  step: 0.5,
  log: false,
} as const;

export const CARDS: Card[] = [
  {
    id: "contrast",
    title: "Contrast",
    paper: "Nobody et al. 2020, a made-up venue",
    link: "https://example.org/contrast",
    idea: "Two views of one image should be nearer to each other than to the views of all other images of the batch.",
    terms: [
      {
        id: "pairs",
        label: "NT-Xent",
        about: "Find the other view among all views of the batch",
      },
    ],
    knobs: [
      {
        field: "temperature",
        label: "Temperature",
        about: "Low looks at the hardest negatives",
        kind: {
          type: "number",
          min: Math.fround(0.02),
          max: 2,
          step: Math.fround(0.01),
          log: true,
        },
        live: true,
      },
    ],
    published,
  },
  {
    id: "spread",
    title: "Spread",
    paper: "Nobody et al. 2022, a made-up venue",
    link: "https://example.org/spread",
    idea: "Two views should be alike, each coordinate should vary over the batch, and no two coordinates should say the same.",
    terms: [
      { id: "similarity", label: "similarity", about: "Views alike" },
      { id: "variance", label: "variance", about: "Coordinates vary" },
      { id: "covariance", label: "covariance", about: "Coordinates differ" },
    ],
    knobs: [
      {
        field: "similarity",
        label: "Similarity weight",
        about: "Pulls the views together",
        kind: weight,
        live: true,
      },
      {
        field: "variance",
        label: "Variance weight",
        about: "Keeps them from one point",
        kind: weight,
        live: true,
      },
      {
        field: "covariance",
        label: "Covariance weight",
        about: "Keeps them from one line",
        kind: weight,
        live: false,
      },
    ],
    published,
  },
];

export const SETS: SetCard[] = [
  {
    id: "shapes",
    title: "Shapes",
    about:
      "Eight kinds of shape in random colours, drawn from the seed. What varies is known, so what is learned can be measured.",
    sheet: null,
    preset: {
      augment: {
        jitter: { brightness: Math.fround(0.8), hue: Math.fround(0.2) },
      },
    },
    options: {
      count: 512,
      colour: "free",
      background: "fixed",
      size: "slight",
      angle: "slight",
      place: "slight",
    },
  },
  {
    id: "emoji",
    title: "Emoji",
    about: "Signs in five groups.",
    sheet: null,
    preset: {},
    options: null,
  },
];
