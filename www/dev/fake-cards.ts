// What the made-up core says of itself.
import type {
  Advice,
  Card,
  Case,
  Part,
  SetCard,
  Settings,
} from "../src/protocol.ts";
import { KNOBS } from "./fake-table.ts";

export const DEFAULTS: Settings = {
  version: 1,
  method: "contrast",
  seed: 42,
  backend: "auto",
  size: 32,
  encoder: { width: 16, norm: true },
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
  rate: 4.8,
  weightDecay: 1e-6,
  epochs: 100,
  schedule: "cosine",
} as const;
const part = (role: Part["role"], label: string, knob?: string): Part => ({
  role,
  label,
  switch: knob ?? null,
});
const plain = [
  part("view", "view"),
  part("encoder", "encoder"),
  part("representation", "h"),
  part("projector", "projector"),
  part("embedding", "z"),
];
const always = (text: string): Case => ({ when: [], text });
const shared = { weights: { type: "shared" } } as const;

export const CARDS: Card[] = [
  {
    id: "contrast",
    title: "Contrast",
    family: "contrastive",
    letters: [
      [always("$s_{ij}$: cosine of views $i$ and $j$; $\\tau$: temperature")],
    ],
    lower: "Lower is better: this one is made up.",
    gauges: [],
    diagram: {
      ...shared,
      branches: [plain, plain],
      memory: [],
      loss: "NT-Xent",
    },
    paper: "Nobody et al. 2020, a made-up venue",
    link: "https://example.org/contrast",
    idea: "Two views of one image should be nearer to each other than to the views of all other images of the batch.",
    tries: "Turn a knob, and see what becomes of the loss.",
    fails: "It is made up, and cannot be wrong.",
    terms: [
      {
        id: "pairs",
        label: "NT-Xent",
        about: "Find the other view among all views of the batch",
        formula: [always("-\\frac{1}{2N}\\sum_i \\frac{s_{ii'}}{\\tau}")],
      },
    ],
    published,
  },
  {
    id: "spread",
    title: "Spread",
    family: "redundancy",
    letters: [[always("$z, z'$: the two views")]],
    lower: "Lower is better: this one is made up.",
    gauges: [],
    diagram: {
      ...shared,
      branches: [plain, plain],
      memory: [],
      loss: "three terms",
    },
    paper: "Nobody et al. 2022, a made-up venue",
    link: "https://example.org/spread",
    idea: "Two views should be alike, each coordinate should vary over the batch, and no two coordinates should say the same.",
    tries: "Turn a knob, and see what becomes of the loss.",
    fails: "It is made up, and cannot be wrong.",
    terms: [
      {
        id: "similarity",
        label: "similarity",
        about: "Views alike",
        formula: [always("\\lVert z-z'\\rVert^2")],
      },
      {
        id: "variance",
        label: "variance",
        about: "Coordinates vary",
        formula: [always("\\sum_k\\max(0,1-\\sigma_k)")],
      },
      {
        id: "covariance",
        label: "covariance",
        about: "Coordinates differ",
        formula: [always("\\sum_{k\\neq l}C_{kl}^2")],
      },
    ],
    published,
  },
  {
    id: "everything",
    title: "Everything",
    family: "distillation",
    paper: "Nobody et al. 2021, a made-up venue",
    link: "https://example.org/everything",
    idea: "All that a diagram, a knob and a gauge can be, in one method that cannot work.",
    tries: "Turn a knob, and see what becomes of the loss.",
    fails: "It is made up, and cannot be wrong.",
    letters: [
      [always("$p$: prediction; $z'$: the embedding by the slow copy")],
    ],
    terms: [
      {
        id: "prediction",
        label: "prediction",
        about: "Prediction and target alike",
        formula: [always("-\\frac{1}{N}\\sum_i p_i\\cdot z'_i")],
      },
    ],
    lower: "Lower is better: this one is made up.",
    gauges: [
      {
        id: "condition",
        label: "condition number",
        about: "How far the largest eigenvalue is above the smallest",
        broken: "It could not be inverted",
      },
    ],
    diagram: {
      branches: [
        [...plain, part("predictor", "predictor", "predictor")],
        [...plain, part("stopGradient", "stop-gradient", "stop")],
      ],
      weights: { type: "average", switch: "average" },
      memory: [part("memory", "queue of keys")],
      loss: "negative cosine",
    },
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
    preset: [
      {
        path: "augment.jitter.brightness",
        value: 0.8,
        why: "The colour says nothing of the kind.",
      },
      {
        path: "augment.jitter.hue",
        value: 0.2,
        why: "The colour says nothing of the kind.",
      },
    ],
    options: {
      count: 512,
      colour: "free",
      background: "fixed",
      size: "slight",
      angle: "slight",
      place: "slight",
    },
    counts: [8, 20_000],
  },
  {
    id: "emoji",
    title: "Emoji",
    about: "Signs in five groups.",
    sheet: null,
    preset: [],
    options: null,
    counts: null,
  },
];

/** What suits own images. */
export const OWN: Advice[] = [
  {
    path: "augment.flip.probability",
    value: 0,
    why: "No flips: mirrored, your images look like none of the others.",
  },
];
