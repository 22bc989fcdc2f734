// Plays the training worker without wasm: for work on the page alone. Its numbers mean nothing.
// Seed 666 dies at step 20, seed 667 fails there, seed 668 collapses.
import "../src/lib/rejections.ts";
import type { Start } from "../src/core/cores.ts";
import type {
  Collection,
  Command,
  Event,
  Factor,
  ImageSet,
  LossPoint,
  Settings,
  ShapesOptions,
  Skipped,
  State,
} from "../src/protocol.ts";
import { CARDS, DEFAULTS, OWN, SETS } from "./fake-cards.ts";
import { READINGS, measured } from "./fake-readings.ts";
import { KNOBS, TABLE } from "./fake-table.ts";
import { rgb } from "./rgb.ts";

let settings: Settings = structuredClone(DEFAULTS);
let atStart: Settings = settings;
let images: ImageSet = empty();
let skipped: Skipped[] = [];
let state: State = "empty";
let step = 0;
let space: "h" | "z" = "h";
let hold: number | null = null;
let runFor = 0;
let busy = Promise.resolve();
let seeds: Float32Array = new Float32Array();

const post = (event: Event) => self.postMessage(event);
const is = (wanted: State) => state === wanted;
const set = (next: State) => {
  state = next;
  post({ type: "state", state });
};
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const perEpoch = () =>
  Math.max(1, Math.ceil(images.names.length / atStart.train.batch));
const steps = () => perEpoch() * atStart.train.epochs;

function empty(): ImageSet {
  return {
    set: null,
    size: settings.size,
    names: [],
    pixels: new Uint8Array(),
    factors: [],
  };
}

self.addEventListener("message", ({ data }: MessageEvent<Command>) => {
  // Pause does not wait for the work under way.
  if (data.type === "pause") {
    runFor = 0;
    if (state === "running") set("paused");
    return;
  }
  busy = busy.then(() => obey(data));
});

async function obey(command: Command): Promise<void> {
  switch (command.type) {
    case "configure":
      return configure(command.settings as Partial<Settings>);
    case "loadSet":
      skipped = [];
      images = await drawSet(command.set, command.options);
      return loaded();
    case "addImages":
      return addImages(command);
    case "clear":
      images = empty();
      skipped = [];
      return loaded();
    case "start":
      return start(0);
    case "restore":
      settings = command.settings;
      if (command.images) {
        images = command.images;
        loaded();
      } else set("loaded");
      configured();
      if (command.checkpoint) {
        start(new DataView(command.checkpoint.buffer).getUint32(0));
        progress([]);
      }
      return;
    case "resume":
      return train(Infinity);
    case "step":
      return train(1);
    case "epoch":
      return train(perEpoch() - (step % perEpoch()));
    case "hold":
      hold = command.epoch;
      return;
    case "watch":
      space = command.space;
      if (step > 0 || state === "paused") map();
      return;
    case "neighbours":
      return neighbours(command.index, command.k);
    case "evaluate":
      return evaluate();
    case "embeddings":
      return embeddings();
    case "stopEvaluating":
      // They are taken at once.
      return;
    case "threads":
      // It has none.
      return;
    case "pause":
      // Did not wait for its turn.
      return;
    default:
      command satisfies never;
  }
}

function configure(change: Partial<Settings>): void {
  const next = structuredClone(settings);
  if (change.method && change.method !== next.method) {
    if (!KNOBS[change.method]) {
      post({
        type: "refused",
        command: "configure",
        error: `there is no method named ${change.method}`,
        path: "method",
        instead: [],
      });
      return;
    }
    next.knobs = { ...KNOBS[change.method] };
  }
  merge(next as never, change as never);
  if (next.train.batch < 2) {
    post({
      type: "refused",
      command: "configure",
      error: `Batch size: ${next.train.batch} is not a whole number from 2 to 1024 images`,
      path: "train.batch",
      instead: [],
    });
    return;
  }
  settings = next;
  configured();
}

function merge(into: Record<string, never>, from: Record<string, never>): void {
  for (const [key, value] of Object.entries(from)) {
    if (typeof value === "object" && value !== null) {
      merge((into[key] ??= {} as never), value);
    } else into[key] = value;
  }
}

function configured(): void {
  const pending: string[] = [];
  if (state !== "loaded" && state !== "empty") {
    for (const [path, a, b] of [
      ["train.batch", settings.train.batch, atStart.train.batch],
      ["train.epochs", settings.train.epochs, atStart.train.epochs],
      ["encoder.width", settings.encoder.width, atStart.encoder.width],
      ["seed", settings.seed, atStart.seed],
      ["method", settings.method, atStart.method],
      ["backend", settings.backend, atStart.backend],
    ] as const) {
      if (a !== b) pending.push(path);
    }
  }
  const learningRate =
    settings.train.learningRate ?? (0.001 * settings.train.batch) / 64;
  const publishedRate = (4.8 * settings.train.batch) / 4096;
  post({
    type: "configured",
    settings,
    pending,
    learningRate,
    publishedRate,
    seconds: images.names.length > 0 ? settings.train.epochs * 3 : null,
    lossAtChance: step > 0 ? 4.8 : null,
  });
}

function loaded(): void {
  const { names, factors } = images;
  const label = factors[0];
  seeds = new Float32Array(names.length * 4);
  for (let i = 0; i < names.length; i++) {
    const angle = ((label?.of[i] ?? 0) / (label?.classes.length ?? 1)) * 6.283;
    const spread = 0.25 + 0.15 * normal();
    seeds.set(
      [
        normal() * 0.5,
        normal() * 0.4,
        Math.cos(angle) + normal() * spread,
        Math.sin(angle) + normal() * spread,
      ],
      i * 4,
    );
  }
  set(names.length ? "loaded" : "empty");
  const advice = SETS.find(({ id }) => id === images.set)?.preset ?? OWN;
  post({ type: "loaded", images, skipped, notes: [], advice });
}

function start(from: number): void {
  if (images.names.length < 8) {
    const error = "at least 8 images";
    post({ type: "refused", command: "start", error, path: null, instead: [] });
    return;
  }
  atStart = structuredClone(settings);
  step = from;
  post({
    type: "started",
    device: {
      backend: "cpu",
      name: "one thread, SIMD",
      reason: "this browser gives no WebGPU adapter",
    },
    parameters: 123456,
    h: settings.encoder.width * 8,
    z: 64,
    stepsPerEpoch: perEpoch(),
    epochs: settings.train.epochs,
  });
  set("paused");
  configured();
}

async function train(many: number): Promise<void> {
  if (!is("paused")) {
    const error = `not while ${state}`;
    post({
      type: "refused",
      command: "resume",
      error,
      path: null,
      instead: [],
    });
    return;
  }
  runFor = many;
  set("running");
  // The loop goes on beside the commands, as the core's does.
  void (async () => {
    while (runFor > 0 && is("running") && step < steps()) {
      await rest(step === 0 ? 400 : 60);
      if (!is("running")) return;
      if (hold !== null && step >= hold * perEpoch()) continue;
      runFor--;
      one();
    }
    if (step >= steps()) {
      set("done");
      evaluate();
    } else if (is("running")) set("paused");
  })();
}

function one(): void {
  step++;
  if (step === 20 && settings.seed === 666) throw new Error("a made-up panic");
  if (step === 20 && settings.seed === 667) {
    post({
      type: "failed",
      error: "The loss is not finite at step 20: the learning rate is too high",
    });
    set("failed");
    return;
  }
  const done = Math.min(1, step / 150);
  const card = CARDS.find(({ id }) => id === settings.method)!;
  const terms = card.terms.map(({ id }, i) => ({
    id,
    value: (4 - i) * Math.exp(-done * 2) + 0.2 * Math.random(),
    weight: card.terms.length > 1 ? [25, 25, 1][i]! : 1,
  }));
  const gauges = card.gauges.map(({ id }) => ({ id, value: 10 ** (step / 9) }));
  const total = terms.reduce(
    (sum, { value, weight }) => sum + value * weight,
    0,
  );
  progress([{ step, total, terms, gauges, rate: 0.001 }]);
  if (step % 5 === 1) views();
  if (step % 8 === 1 || step === steps()) {
    map();
    if (step === 1) baselines();
    health(done);
  }
  if (step % perEpoch() === 0 || step === 1) {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, step);
    post({ type: "checkpoint", step, bytes });
  }
}

function progress(losses: LossPoint[]): void {
  post({
    type: "stepped",
    step,
    steps: steps(),
    epoch: Math.floor(step / perEpoch()),
    epochs: atStart.train.epochs,
    losses,
    msPerStep: 62.5,
    imagesPerSecond: atStart.train.batch / 0.0625,
    eta: (steps() - step) * 0.0625,
  });
}

const parts = () => images.factors.map(({ name }) => name);

function evaluate(): void {
  const done = Math.min(1, step / 150);
  const values = measured(done, false, parts(), true);
  post({ type: "evaluated", step, images: images.names.length, values });
}

function views(): void {
  const { size } = images;
  const count = Math.min(8, images.names.length);
  const bytes = size * size * 3;
  const a = new Uint8Array(count * bytes);
  const b = new Uint8Array(count * bytes);
  const which = Array.from(
    { length: count },
    (_, i) => (step * 7 + i * 31) % images.names.length,
  );
  which.forEach((image, i) => {
    for (let j = 0; j < bytes; j++) {
      const value = images.pixels[image * bytes + j]!;
      a[i * bytes + j] = Math.min(255, value * 0.8 + (j % 3 === 0 ? 40 : 0));
      b[i * bytes + bytes - 3 - (j - (j % 3)) + (j % 3)] = Math.min(
        255,
        value * 1.1,
      );
    }
  });
  const cosine = which.map(() =>
    Math.min(1, 0.3 + step / 300 + Math.random() * 0.3),
  );
  const views = [a, b].map((pixels) => ({ size, pixels }));
  post({ type: "views", step, images: which, views, cosine });
}

function place(i: number, at = step): [number, number] {
  const done = Math.min(1, at / 150) * (space === "h" ? 1 : 0.8);
  const shrink = settings.seed === 668 ? 1 - 0.97 * done : 1;
  const on = (k: number) =>
    (seeds[i * 4 + k]! * (1 - done) + seeds[i * 4 + 2 + k]! * done) * shrink;
  return [on(0), on(1)];
}

/** The images that are on the map, and where they lie after `at` steps. */
function mapped(at = step) {
  const count = Math.min(2000, images.names.length);
  const points = new Float32Array(count * 2);
  for (let i = 0; i < count; i++) points.set(place(i, at), i * 2);
  return {
    images: Array.from({ length: count }, (_, i) => i),
    points: new Uint8Array(points.buffer),
  };
}

function map(): void {
  const partial = false;
  const [reach, explained] = [2, 0.38];
  post({ type: "map", step, space, ...mapped(), partial, reach, explained });
}

function baselines(): void {
  const { images, points } = mapped(0);
  const part = { points, reach: 2, explained: 0.5 };
  post({
    type: "baselines",
    images,
    untrainedH: part,
    untrainedZ: part,
    pixels: part,
  });
}

function health(done: number): void {
  const bad = settings.seed === 668 && done > 0.5;
  const values = measured(done, bad, parts(), false);
  post({ type: "readings", step, values });
  verdict(done, bad);
}

function verdict(done: number, bad: boolean): void {
  const [h, pixels, untrained] = [0.42 + 0.5 * done, 0.57, 0.42];
  const gain = (other: number) => ({ value: h - other, error: 0.02 });
  const scores = {
    h,
    untrained,
    pixels,
    chance: 0.125,
    gain: gain(untrained),
    overPixels: gain(pixels),
  };
  const better = h - untrained > 0.04;
  post({
    type: "verdict",
    step,
    collapse: {
      state: bad ? "collapsed" : "apart",
      since: bad ? 76 : 1,
      sentence: bad
        ? "All images map to nearly one point since step 76."
        : "Images stay apart.",
    },
    learned: {
      state: better ? "better" : "same",
      scores,
      sentence: `${better ? "Better" : "No better"} than untrained.`,
    },
    next:
      step === steps()
        ? [
            { label: "Train longer", settings: { train: { epochs: 120 } } },
            { label: "Add more images", settings: null },
          ]
        : [],
  });
}

function neighbours(index: number, k: number): void {
  const [x, y] = place(index);
  const near = images.names
    .map((_, other) => {
      const [u, v] = place(other);
      return { index: other, cosine: 1 - Math.hypot(u - x, v - y) };
    })
    .filter((one) => one.index !== index)
    .sort((a, b) => b.cosine - a.cosine);
  post({
    type: "neighbours",
    step,
    index,
    among: images.names.length,
    h: near.slice(0, k),
    z: near.slice(3, k + 3),
    untrainedH: near.slice(1, k + 1),
    untrainedZ: near.slice(2, k + 2),
    pixels: near.slice(4, k + 4),
  });
}

function embeddings(): void {
  const rows = new Float32Array(images.names.flatMap((_, at) => place(at)));
  const bytes = () => new Uint8Array(rows.slice().buffer);
  post({ type: "embeddings", step, h: bytes(), z: bytes() });
}

function addImages(came: Collection): void {
  if (images.set !== null || images.size !== came.size)
    images = { ...empty(), size: came.size };
  const names = [...images.names, ...came.names];
  const pixels = new Uint8Array(images.pixels.length + came.pixels.length);
  pixels.set(images.pixels);
  pixels.set(came.pixels, images.pixels.length);
  ({ skipped } = came);
  images = { ...images, pixels, names, factors: labels(names) };
  loaded();
}

function labels(names: string[]): Factor[] {
  const folders = names.map((name) => name.split("/").at(-2) ?? "");
  const classes = [...new Set(folders)].sort();
  if (classes.length < 2) return [];
  return [
    {
      name: "label",
      classes,
      of: folders.map((name) => classes.indexOf(name)),
    },
  ];
}

async function drawSet(
  id: string,
  options: ShapesOptions | null,
): Promise<ImageSet> {
  const count = options?.count ?? 600;
  const { size } = settings;
  const kinds =
    id === "shapes"
      ? [
          "circle",
          "square",
          "triangle",
          "star",
          "cross",
          "ring",
          "bar",
          "crescent",
        ]
      : ["food", "faces", "animals", "travel", "objects"];
  const glyphs = id === "shapes" ? "●■▲★✚◯▬☾" : "●■▲★✚";
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  const pixels = new Uint8Array(count * size * size * 3);
  const of: number[] = [];
  const hues: number[] = [];
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let i = 0; i < count; i++) {
    const kind = i % kinds.length;
    const hue = Math.floor(Math.random() * 8);
    of.push(kind);
    hues.push(hue);
    context.fillStyle = "#f5f5f0";
    context.fillRect(0, 0, size, size);
    context.fillStyle = `hsl(${hue * 45} 75% 45%)`;
    context.font = `${size * 0.8}px sans-serif`;
    context.fillText(
      [...glyphs][kind]!,
      size / 2 + normal() * 2,
      size / 2 + normal() * 2,
    );
    pixels.set(rgb(context, size), i * size * size * 3);
    if (i % 100 === 0) await rest(0);
  }
  return {
    set: id,
    size,
    names: of.map((kind, i) => `${kinds[kind]} ${i}`),
    pixels,
    factors: [
      { name: "label", classes: kinds, of },
      ...(id === "shapes"
        ? [
            {
              name: "colour",
              classes: [
                "red",
                "amber",
                "green",
                "mint",
                "cyan",
                "blue",
                "violet",
                "pink",
              ],
              of: hues,
            },
          ]
        : []),
    ],
  };
}

function normal(): number {
  return (
    Math.sqrt(-2 * Math.log(1 - Math.random())) *
    Math.cos(6.283 * Math.random())
  );
}

self.postMessage({ alone: null } satisfies Start);
setTimeout(
  () =>
    post({
      type: "ready",
      methods: CARDS,
      table: TABLE,
      readings: READINGS,
      sets: SETS,
      settings,
    }),
  200,
);
