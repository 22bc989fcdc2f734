// What a session file may hold. Its bytes come from anywhere, so all of it is checked before any of it is used:
// what the page would draw, and what it would index by.
import * as v from "valibot";
import type { SeriesState } from "../lib/series.ts";
import type { Bytes, ImageSet, Settings } from "../protocol.ts";
import type { SavedRun, SavedSession, SavedSource } from "./saved.ts";

/** A schema of what the page knows by this type: it compiles as long as they agree. */
type Of<T> = v.GenericSchema<unknown, T>;

const text = v.string();
const number = v.pipe(v.number(), v.finite());
const index = v.pipe(number, v.integer(), v.minValue(0));
const bytes = v.instance(Uint8Array) as Of<Bytes>;
const space = v.picklist(["h", "z"]);
const some = v.union([number, v.array(number)]);

const settings: Of<Settings> = v.custom<Settings>(
  (given) => typeof given === "object" && given !== null,
);

const imageSet: Of<ImageSet> = v.pipe(
  v.object({
    set: v.nullable(text),
    size: v.pipe(index, v.minValue(1)),
    names: v.array(text),
    pixels: bytes,
    factors: v.array(
      v.object({ name: text, classes: v.array(text), of: v.array(index) }),
    ),
  }),
  v.check(
    ({ size, names, pixels, factors }) =>
      pixels.length === names.length * size * size * 3 &&
      factors.every(
        ({ classes, of }) =>
          of.length === names.length && of.every((is) => is < classes.length),
      ),
    "images that are not whole",
  ),
);

const freedom = v.picklist(["fixed", "slight", "free"]);
const source: Of<SavedSource> = v.object({
  images: imageSet,
  advice: v.array(
    v.object({
      path: text,
      value: v.union([number, text, v.boolean(), v.null()]),
      why: text,
    }),
  ),
  options: v.record(
    text,
    v.object({
      count: index,
      colour: freedom,
      background: freedom,
      size: freedom,
      angle: freedom,
      place: freedom,
    }),
  ),
  given: v.nullable(text),
});

/** Numbers over steps. What is missing JSON writes as null. */
const hole = v.pipe(
  v.nullable(number),
  v.transform((value) => value ?? NaN),
);
const series: Of<SeriesState> = v.pipe(
  v.object({
    steps: v.array(index),
    columns: v.record(text, v.array(hole)),
    stride: v.pipe(index, v.minValue(1)),
    pending: v.array(v.object({ step: index, values: v.record(text, hole) })),
  }),
  v.check(
    ({ steps, columns }) =>
      steps.every((step, i) => i === 0 || step > steps[i - 1]!) &&
      Object.values(columns).every(({ length }) => length <= steps.length),
    "a curve that is not whole",
  ),
);

const measured = v.object({
  id: text,
  part: v.nullable(text),
  h: v.nullable(some),
  z: v.nullable(some),
  untrained: v.nullable(some),
  untrainedZ: v.nullable(some),
  pixels: v.nullable(some),
  chance: v.nullable(number),
  missing: v.nullable(text),
});
const gain = v.object({ value: number, error: number });
const points = { points: bytes, reach: number, explained: number };
const places = v.array(index);

/** As many points as images: an x and a y each, of four bytes. */
const fit = (images: number[], ...all: { points: Bytes }[]) =>
  all.every(({ points }) => points.length === images.length * 8);

const loss = v.object({
  step: index,
  total: number,
  terms: v.array(v.object({ id: text, value: number, weight: number })),
  gauges: v.array(v.object({ id: text, value: number })),
  rate: number,
});

const run: Of<SavedRun> = v.pipe(
  v.object({
    name: text,
    images: text,
    group: v.nullable(v.object({ title: text, seeds: v.boolean() })),
    when: v.nullable(number),
    source: v.nullable(source),
    checkpoint: v.nullable(v.object({ step: index, bytes })),
    seconds: number,
    settings: v.nullable(settings),
    used: v.nullable(settings),
    started: v.nullable(
      v.object({
        type: v.literal("started"),
        device: v.object({
          backend: v.picklist(["auto", "webgpu", "cpu"]),
          name: text,
          reason: text,
        }),
        parameters: index,
        h: index,
        z: index,
        stepsPerEpoch: v.pipe(index, v.minValue(1)),
        epochs: index,
      }),
    ),
    stepped: v.nullable(
      v.object({
        type: v.literal("stepped"),
        step: index,
        steps: index,
        epoch: index,
        epochs: index,
        msPerStep: number,
        imagesPerSecond: number,
        eta: number,
      }),
    ),
    loss: v.nullable(loss),
    views: v.nullable(
      v.object({
        type: v.literal("views"),
        step: index,
        images: places,
        views: v.pipe(
          v.array(v.object({ size: index, pixels: bytes })),
          v.check(
            (views) =>
              views.every(
                ({ size, pixels }) =>
                  size > 0 && pixels.length % (size * size * 3) === 0,
              ),
            "views that are not whole",
          ),
        ),
        cosine: v.array(number),
      }),
    ),
    map: v.nullable(
      v.pipe(
        v.object({
          type: v.literal("map"),
          step: index,
          space,
          images: places,
          partial: v.boolean(),
          ...points,
        }),
        v.check((map) => fit(map.images, map), "a map that is not whole"),
      ),
    ),
    baselines: v.nullable(
      v.pipe(
        v.object({
          type: v.literal("baselines"),
          images: places,
          untrainedH: v.object(points),
          untrainedZ: v.object(points),
          pixels: v.object(points),
        }),
        v.check(
          ({ images, untrainedH, untrainedZ, pixels }) =>
            fit(images, untrainedH, untrainedZ, pixels),
          "a map that is not whole",
        ),
      ),
    ),
    verdict: v.nullable(
      v.object({
        type: v.literal("verdict"),
        step: index,
        collapse: v.object({
          state: v.picklist([
            "early",
            "apart",
            "narrow",
            "partial",
            "collapsed",
          ]),
          since: v.nullable(index),
          sentence: text,
        }),
        learned: v.object({
          state: v.picklist([
            "unscored",
            "early",
            "better",
            "belowPixels",
            "same",
            "worse",
          ]),
          scores: v.nullable(
            v.object({
              h: number,
              untrained: number,
              pixels: number,
              chance: number,
              gain,
              overPixels: gain,
            }),
          ),
          sentence: text,
        }),
        // Settings that it proposes are asked of the core, which checks them.
        next: v.array(
          v.object({ label: text, settings: v.nullable(v.looseObject({})) }),
        ),
      }),
    ),
    readings: v.nullable(
      v.object({
        type: v.literal("readings"),
        step: index,
        values: v.array(measured),
      }),
    ),
    evaluated: v.nullable(
      v.object({
        type: v.literal("evaluated"),
        step: index,
        images: index,
        values: v.array(measured),
      }),
    ),
    error: v.nullable(text),
    losses: series,
    course: series,
  }),
  v.check(
    ({ source, map, baselines, views }) =>
      [map, baselines, views].every((told) => {
        const most = source?.images.names.length ?? Infinity;
        return (told?.images ?? []).every((image) => image < most);
      }),
    "a map of other images",
  ),
);

const side = v.object({
  settings,
  run: v.nullable(index),
  running: v.boolean(),
});

const session: Of<SavedSession> = v.pipe(
  v.object({
    about: v.object({
      methods: v.array(text),
      images: text,
      step: index,
      kept: index,
    }),
    address: text,
    lesson: v.nullable(v.object({ id: text, guess: v.nullable(number) })),
    source: v.nullable(source),
    a: side,
    b: v.nullable(side),
    beside: text,
    besideRun: v.nullable(index),
    kept: v.array(index),
    overlaid: v.array(v.tuple([index, index])),
    space,
    runs: v.array(run),
  }),
  v.check(({ a, b, besideRun, kept, overlaid, runs }) => {
    const places = [a.run, b?.run, besideRun, ...kept];
    const all = [...places, ...overlaid.map(([place]) => place)];
    return all.every((place) => (place ?? -1) < runs.length);
  }, "a run that is not there"),
);

/** What is wrong is said with where it is. */
function said(issue: v.BaseIssue<unknown>): string {
  const at = v.getDotPath(issue);
  return at ? `${at}: ${issue.message}` : issue.message;
}

/** Settings with what they lack taken from these; null if one is of another type. */
function complete<T>(given: unknown, usual: T): T | null {
  if (typeof usual !== "object" || usual === null) {
    const is = given === undefined ? usual : given;
    // What is chosen by itself may be a number too.
    const fits =
      usual === null
        ? is === null || typeof is === "number"
        : typeof is === typeof usual;
    return fits ? (is as T) : null;
  }
  if (given === undefined) return usual;
  if (typeof given !== "object" || given === null) return null;
  const whole: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(usual)) {
    const one = (given as Record<string, unknown>)[key];
    const is = complete(one, value);
    // Null is a value only where it is one by default.
    if (is === null && (value !== null || (one ?? null) !== null)) return null;
    whole[key] = is;
  }
  return whole as T;
}

/** Settings with what they lack taken from the usual ones; an error where they are none of this page. */
export function checked(
  given: Settings,
  usual: Settings,
  methods: string[],
): Settings {
  // Knobs are the method's own: the core checks them.
  const { knobs } = given;
  const whole = complete({ ...given, knobs: {} }, { ...usual, knobs: {} });
  const plain =
    typeof knobs === "object" &&
    knobs !== null &&
    Object.values(knobs).every((knob) =>
      ["number", "string", "boolean"].includes(typeof knob),
    );
  if (!whole || !plain) throw new Error("settings that are none of this page");
  if (!methods.includes(whole.method)) {
    throw new Error(`a method that this page does not know: ${whole.method}`);
  }
  return { ...whole, knobs };
}

/** A session as the page keeps it, or an error that says what is wrong with it. */
export function valid(
  tree: unknown,
  usual: Settings,
  methods: string[],
): SavedSession {
  const came = v.safeParse(session, tree);
  if (!came.success) throw new Error(said(came.issues[0]));
  const { output } = came;
  const check = (given: Settings) => checked(given, usual, methods);
  const runs = output.runs.map((run) => ({
    ...run,
    settings: run.settings && check(run.settings),
    used: run.used && check(run.used),
  }));
  const sided = <T extends { settings: Settings } | null>(side: T): T =>
    side && { ...side, settings: check(side.settings) };
  return { ...output, runs, a: sided(output.a), b: sided(output.b) };
}
