// What can be turned in the made-up core: some of what the true one has, of each kind.
import type { KnobKind, Row, Settings } from "../src/protocol.ts";

export const KNOBS: Record<string, Settings["knobs"]> = {
  contrast: { temperature: Math.fround(0.2) },
  spread: { similarity: 25, variance: 25, covariance: 1 },
  everything: { average: true, stop: true, predictor: "mlp", queue: 256 },
};

const number = (min: number, max: number, step: number, log = false) =>
  ({ type: "number", min, max, step, log, auto: null }) as const;
const count = (min: number, max: number): KnobKind => ({
  type: "count",
  min,
  max,
  log: max / min >= 16,
  offered: [],
});
const choice = (...words: string[]): KnobKind => ({
  type: "choice",
  options: words.map((value) => ({ value, label: value })),
});
const flip: KnobKind = { type: "switch" };

function row(
  place: string,
  label: string,
  kind: KnobKind,
  start: Row["default"],
  more: Partial<Row> = {},
): Row {
  const [panel, group] = place.split(": ") as [Row["panel"], string];
  return {
    path: "",
    method: null,
    panel,
    group,
    label,
    about: `${label}, which changes nothing here.`,
    kind,
    unit: "",
    values: "",
    default: start,
    live: false,
    idle: null,
    ...more,
  };
}

function knob(
  method: string,
  field: string,
  label: string,
  kind: KnobKind,
  live = true,
): Row {
  const path = `knobs.${field}`;
  return row(`method: ${method}`, label, kind, KNOBS[method]![field]!, {
    path,
    method,
    live,
  });
}

const rate = { ...number(0, 100, 0.00001, true), auto: "as suits the batch" };
const sigma = {
  path: "augment.blur.maxSigma",
  live: true,
  unit: "px",
  idle: {
    path: "augment.blur.probability",
    values: ["0"],
    sentence: "No effect while Blur: how often is 0.",
  },
};
const sizes = { ...count(16, 96), offered: [16, 32, 48, 64, 96] } as KnobKind;

export const TABLE: Row[] = [
  row("run: Run", "Learning rate", rate, null, {
    path: "train.learningRate",
    live: true,
  }),
  row("run: Run", "Batch size", count(2, 1024), 64, { path: "train.batch" }),
  row("run: Run", "Epochs", count(1, 10_000), 40, { path: "train.epochs" }),
  row("run: Run", "Encoder width", count(4, 64), 16, { path: "encoder.width" }),
  row("run: Run", "Optimiser", choice("adamw", "sgd", "lars"), "adamw", {
    path: "train.optimizer",
  }),
  row("run: Run", "Image size", sizes, 32, { path: "size", unit: "px" }),
  row("run: Run", "Backend", choice("auto", "webgpu", "cpu"), "auto", {
    path: "backend",
  }),
  row("status: Seed", "Seed", count(0, 2 ** 32 - 1), 42, { path: "seed" }),
  row("views: Flip", "Flip: how often", number(0, 1, 0.01), 0.5, {
    path: "augment.flip.probability",
    live: true,
  }),
  row("views: Blur", "Blur: how often", number(0, 1, 0.01), 0, {
    path: "augment.blur.probability",
    live: true,
  }),
  row(
    "views: Blur",
    "Blur: largest sigma",
    number(0.01, 16, 0.01, true),
    2,
    sigma,
  ),
  knob("contrast", "temperature", "Temperature", number(0.02, 2, 0.01, true)),
  knob("spread", "similarity", "Similarity weight", number(0, 100, 0.5)),
  knob("spread", "variance", "Variance weight", number(0, 100, 0.5)),
  knob("spread", "covariance", "Covariance weight", number(0, 100, 0.5), false),
  knob("everything", "average", "Moving average", flip),
  knob("everything", "stop", "Stop-gradient", flip),
  knob(
    "everything",
    "predictor",
    "Predictor",
    choice("mlp", "linear", "none"),
    false,
  ),
  knob("everything", "queue", "Queue", count(16, 4096), false),
];
