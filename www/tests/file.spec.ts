// Session files: what was written is read, and nothing else is taken over.
import { expect, test } from "vitest";
import {
  parts,
  session,
  type Opened,
  type Written,
} from "../src/store/file.ts";
import { usual } from "./sample.ts";
import type { SavedRun, SavedSession } from "../src/store/saved.ts";
import type { Bytes, ImageSet, Settings } from "../src/protocol.ts";

const bytes = (...of: number[]): Bytes => new Uint8Array(of);
const settings: Settings = { ...usual, seed: 7, knobs: { weight: 0.5 } };

const images: ImageSet = {
  set: null,
  size: 1,
  names: ["cat/1.png", "<b>.png"],
  pixels: bytes(1, 2, 3, 4, 5, 6),
  factors: [{ name: "label", classes: ["cat", "(none)"], of: [0, 1] }],
};
const source = { images, advice: [], options: {}, given: "mine" };
const points = { points: bytes(...Array(16).fill(0)), reach: 1, explained: 1 };

const run: SavedRun = {
  name: "Grey fox!",
  images: "mine, 2",
  group: { title: "Seeds", seeds: true },
  when: null,
  source,
  checkpoint: { step: 3, bytes: bytes(9, 8, 7) },
  seconds: 0.5,
  settings,
  used: settings,
  started: {
    type: "started",
    device: { backend: "cpu", name: "CPU", reason: "asked for" },
    parameters: 10,
    h: 2,
    z: 2,
    stepsPerEpoch: 1,
    epochs: 9,
  },
  stepped: {
    type: "stepped",
    step: 3,
    steps: 9,
    epoch: 3,
    epochs: 9,
    msPerStep: 2,
    imagesPerSecond: 4,
    eta: 1,
  },
  loss: {
    step: 3,
    total: 0.5,
    terms: [{ id: "t", value: 1, weight: 0.5 }],
    gauges: [],
    rate: 0.1,
  },
  views: {
    type: "views",
    step: 3,
    images: [1],
    views: [{ size: 1, pixels: bytes(1, 1, 1) }],
    cosine: [],
  },
  map: {
    type: "map",
    step: 3,
    space: "h",
    images: [0, 1],
    partial: false,
    ...points,
  },
  baselines: {
    type: "baselines",
    images: [0, 1],
    untrainedH: points,
    untrainedZ: points,
    pixels: points,
  },
  verdict: {
    type: "verdict",
    step: 3,
    collapse: { state: "apart", since: null, sentence: "It has not." },
    learned: { state: "unscored", scores: null, sentence: "Nobody knows." },
    next: [{ label: "more", settings: { seed: 2 } }],
  },
  readings: { type: "readings", step: 3, values: [] },
  evaluated: null,
  error: null,
  losses: {
    steps: [1, 3],
    columns: { total: [1, 0.5], late: [NaN, 2] },
    stride: 1,
    pending: [],
  },
  course: { steps: [], columns: {}, stride: 1, pending: [] },
};

const saved: SavedSession = {
  about: { methods: ["one"], images: "mine, 2", step: 3, kept: 1 },
  address: "?seed=7",
  lesson: null,
  source,
  a: { settings, run: 0, running: true },
  b: null,
  beside: "untrained",
  besideRun: null,
  kept: [1],
  overlaid: [[1, 0]],
  space: "h",
  // The same images, and a run that had to make room.
  runs: [run, { ...run, name: "Grey fox?", checkpoint: null }],
};
const extra = {
  runs: saved.runs.map(() => ({ embeddings: null, labels: {} })),
};

/** What the wasm makes of the parts, in short. */
function opened(
  { state, sets, runs }: Written,
  text = JSON.stringify(state),
): Opened {
  const files = new Map<string, Bytes>();
  for (const { folder, pixels } of sets)
    files.set(`${folder}/squares.npy`, pixels);
  for (const run of runs as { folder: string; checkpoint: Bytes | null }[]) {
    if (run.checkpoint) {
      files.set(`runs/${run.folder}/checkpoint.safetensors`, run.checkpoint);
    }
  }
  const file = (name: string) => {
    const found = files.get(name);
    if (!found) throw new Error(`${name} is missing`);
    return found;
  };
  return { state: () => text, file, squares: file };
}

const back = (written: Written, text?: string) =>
  session(opened(written, text), usual, ["one"]);

test("what was written is read, and images are there once", () => {
  const written = parts(saved, extra);
  expect(written.sets.map(({ folder }) => folder)).toEqual(["images"]);
  const folders = (written.runs as { folder: string }[]).map(
    (run) => run.folder,
  );
  expect(folders).toEqual(["Grey-fox", "Grey-fox-2"]);
  const came = back(written);
  expect(came).toEqual(saved);
  expect(came.runs[0]!.source!.images).toBe(came.source!.images);
});

test("a rate that is chosen by hand is one", () => {
  const written = parts(saved, extra);
  const text = JSON.stringify(written.state).replaceAll(
    '"learningRate":null',
    '"learningRate":0.5',
  );
  expect(back(written, text).a.settings.train.learningRate).toBe(0.5);
});

test("settings that an older page did not have are the usual ones", () => {
  const written = parts(saved, extra);
  const text = JSON.stringify(written.state).replaceAll(
    '"norm":true',
    '"odd":1',
  );
  expect(back(written, text).a.settings.encoder).toEqual({
    width: 4,
    norm: true,
  });
});

/** What is done to a session that is right, and what is then said. */
const WRONG: [string, (session: any) => unknown, RegExp][] = [
  ["nothing", () => null, /that of a session/],
  ["a list", () => [], /that of a session/],
  ["a text for a step", (s) => (s.about.step = "3"), /about\.step/],
  ["half a step", (s) => (s.about.step = 0.5), /about\.step/],
  ["a step before the first", (s) => (s.runs[0].stepped.step = -1), /step/],
  ["a run that is not there", (s) => (s.kept = [2]), /run that is not there/],
  ["no runs", (s) => delete s.runs, /run that is not there/],
  ["images that are not there", (s) => (s.source.images = 1), /images/],
  [
    "a label without a class",
    (s) => (s.sets[0].factors[0].of = [0, 2]),
    /not whole/,
  ],
  [
    "fewer labels than images",
    (s) => (s.sets[0].factors[0].of = [0]),
    /not whole/,
  ],
  ["more names than images", (s) => s.sets[0].names.push("c"), /not whole/],
  ["images of another size", (s) => (s.sets[0].size = 2), /not whole/],
  [
    "a map of other images",
    (s) => (s.runs[0].map.images = [0, 9]),
    /other images/,
  ],
  ["a map of too many", (s) => (s.runs[0].map.images = [0, 1, 1]), /not whole/],
  ["a space that there is not", (s) => (s.space = "y"), /space/],
  ["steps that go back", (s) => (s.runs[0].losses.steps = [3, 1]), /not whole/],
  [
    "a curve that is too long",
    (s) => s.runs[0].losses.columns.total.push(1),
    /not whole/,
  ],
  [
    "a state of a verdict",
    (s) => (s.runs[0].verdict.collapse.state = "x"),
    /state/,
  ],
  [
    "another method",
    (s) => (s.a.settings.method = "two"),
    /does not know: two/,
  ],
  ["a text for a number", (s) => (s.a.settings.train.batch = "8"), /settings/],
  ["null for a number", (s) => (s.a.settings.train.batch = null), /settings/],
  [
    "a list for a rate",
    (s) => (s.a.settings.train.learningRate = [1]),
    /settings/,
  ],
  ["a number for settings", (s) => (s.a.settings = 4), /settings/],
  ["a list for a knob", (s) => (s.a.settings.knobs.weight = []), /settings/],
  [
    "weights that are not there",
    (s) => (s.runs[0].checkpoint.bytes.file = "x"),
    /x is missing/,
  ],
  ["bytes that are none", (s) => (s.runs[0].checkpoint.bytes = 4), /bytes/],
  ["bytes as no text", (s) => (s.runs[0].map.points = { base64: "?" }), /./],
];

for (const [what, change, why] of WRONG) {
  test(`${what}: refused`, () => {
    const written = parts(saved, extra);
    const state = structuredClone(written.state);
    const changed = change(state);
    const whole = what === "nothing" || what === "a list" ? changed : state;
    expect(() => back(written, JSON.stringify(whole))).toThrow(why);
  });
}

test("names are names, whatever they look like", () => {
  const odd = {
    ...saved,
    runs: [{ ...run, name: "__proto__" }],
    kept: [],
    overlaid: [],
  };
  const written = parts(odd as SavedSession, { runs: extra.runs.slice(1) });
  expect(back(written).runs[0]!.name).toBe("__proto__");
  const text = JSON.stringify(written.state).replace(
    '"columns":{',
    '"columns":{"__proto__":[1],',
  );
  expect(() => back(written, text)).not.toThrow();
  expect(({} as { length?: number }).length).toBeUndefined();
});
