// Written by `cargo test` from src/protocol/: change it there.

/** Any part of a type. */
export type DeepPartial<T> = T extends Uint8Array
  ? T
  : T extends object
? { [K in keyof T]?: DeepPartial<T[K]> }
: T;

export type Advice = { 
/**
 * Dotted path of the setting.
 */
path: string, 
/**
 * What it should be.
 */
value: number | string | boolean | null, 
/**
 * Why, in one sentence that begins with what is done.
 */
why: string, };

export type Augment = { 
/**
 * A random part of the image, resized to the view.
 */
crop: Crop, 
/**
 * Left and right exchanged.
 */
flip: Flip, 
/**
 * Brightness, contrast, saturation and hue changed, in random order.
 */
jitter: Jitter, 
/**
 * Colour taken away.
 */
grey: Grey, 
/**
 * Gaussian blur.
 */
blur: Blur, 
/**
 * Bright values inverted.
 */
solarise: Solarise, };

export type Backend = "auto" | "webgpu" | "cpu";

export type Better = "high" | "low";

export type Blur = { 
/**
 * How often.
 */
probability: number, 
/**
 * Smallest sigma, in pixels of the view.
 */
minSigma: number, 
/**
 * Largest sigma, in pixels of the view.
 */
maxSigma: number, };

export type Bytes = Uint8Array<ArrayBuffer>;

export type Card = { 
/**
 * The name of the method's file; stands in settings and addresses.
 */
id: string, 
/**
 * The name in the literature.
 */
title: string, 
/**
 * What kind of method it is.
 */
family: Family, 
/**
 * Authors, year and venue.
 */
paper: string, 
/**
 * Where the paper is.
 */
link: string, 
/**
 * The idea in one or two sentences.
 */
idea: string, 
/**
 * What to try with it here, and what to watch.
 */
tries: string, 
/**
 * What goes wrong with it.
 */
fails: string, 
/**
 * What the letters of the formulas mean, one after the other, formulas between `$`. Of each the first
 * case that holds is said; none if none does.
 */
letters: Array<Array<Case>>, 
/**
 * The terms of the loss, in the order of [`Loss::terms`](crate::network::losses::Loss).
 */
terms: Array<TermCard>, 
/**
 * Whether a lower loss is a better network here, in one sentence.
 */
lower: string, 
/**
 * What is measured beside the loss, in the order of [`Loss::gauges`](crate::network::losses::Loss).
 */
gauges: Array<GaugeCard>, 
/**
 * How an image becomes a loss.
 */
diagram: Diagram, 
/**
 * The settings of the paper.
 */
published: Published, };

export type Case = { 
/**
 * Knobs of the method, each with the values it must have one of, as settings write them; without
 * any the case always holds.
 */
when: Array<[string, Array<string>]>, 
/**
 * What is then said.
 */
text: string, };

export type Choice = { 
/**
 * As it stands in the settings.
 */
value: string, 
/**
 * Name on the page.
 */
label: string, };

export type Collapse = { 
/**
 * Whether the network still tells images apart.
 */
state: CollapseState, 
/**
 * The first step of the state, 0 if it was never otherwise; null while nothing is judged. It does
 * not move.
 */
since: number | null, 
/**
 * The statement.
 */
sentence: string, };

export type CollapseState = "early" | "apart" | "narrow" | "partial" | "collapsed";

export type Collection = { 
/**
 * Side of each image, in pixels.
 */
size: number, 
/**
 * Name of each image, with its folders (`cats/tom.png`); the innermost that tells images apart is
 * the label.
 */
names: Array<string>, 
/**
 * The middle square of each: RGB, a byte a channel, image after image, row after row:
 * `[n, size, size, 3]`.
 */
pixels: Bytes, 
/**
 * Files that cannot be used.
 */
skipped: Array<Skipped>, 
/**
 * How many hidden and system files were passed over.
 */
ignored: number, };

export type Command = { "type": "loadSet", 
/**
 * Id of the set.
 */
set: string, 
/**
 * For *shapes*: how many, and what varies.
 */
options: ShapesOptions | null, 
/**
 * For a set that is a picture: what is cut of it, row after row.
 */
squares: Squares | null, } | { "type": "addImages" } & Collection | { "type": "clear" } | { "type": "configure", 
/**
 * Any part of the settings.
 */
settings: DeepPartial<Settings>, } | { "type": "start" } | { "type": "resume" } | { "type": "pause" } | { "type": "step" } | { "type": "epoch" } | { "type": "hold", 
/**
 * Finished epochs; null if nothing waits.
 */
epoch: number | null, } | { "type": "threads", 
/**
 * How many.
 */
count: number, } | { "type": "watch", 
/**
 * h or z.
 */
space: Space, } | { "type": "neighbours", 
/**
 * Which image.
 */
index: number, 
/**
 * How many.
 */
k: number, } | { "type": "evaluate" } | { "type": "embeddings" } | { "type": "stopEvaluating" } | { "type": "restore", 
/**
 * The images; null for those that are there.
 */
images: ImageSet | null, 
/**
 * The settings of the run.
 */
settings: Settings, 
/**
 * The run, if one had started.
 */
checkpoint: Bytes | null, };

export type Comparison = { 
/**
 * Of h.
 */
h: number, 
/**
 * Of h before training.
 */
untrained: number, 
/**
 * Of raw pixels.
 */
pixels: number, 
/**
 * The share of the largest class.
 */
chance: number, 
/**
 * h less untrained.
 */
gain: Gain, 
/**
 * h less raw pixels.
 */
overPixels: Gain, };

export type Crop = { 
/**
 * How often; else the whole image is the view.
 */
probability: number, 
/**
 * Smallest part of the image's area.
 */
minArea: number, 
/**
 * Largest part of the image's area.
 */
maxArea: number, 
/**
 * Largest width over height, and height over width.
 */
maxAspect: number, };

export type DeviceCard = { 
/**
 * `webgpu` or `cpu`.
 */
backend: Backend, 
/**
 * The adapter, or how the CPU is used.
 */
name: string, 
/**
 * Why this one.
 */
reason: string, };

export type Diagram = { 
/**
 * One or two branches, each in the order of the flow, from the view to what the loss takes.
 */
branches: Array<Array<Part>>, 
/**
 * How the weights of two branches hang together.
 */
weights: Weights, 
/**
 * What lasts from step to step and enters the loss: a queue, a running matrix, prototypes.
 */
memory: Array<Part>, 
/**
 * What the loss does, in two or three words.
 */
loss: string, };

export type EncoderSettings = { 
/**
 * Channels of the first stage, doubled at each of the three that follow.
 */
width: number, 
/**
 * Whether hidden layers, of the encoder and of heads, are standardised by batch norm; else they get
 * a shift each and no more.
 */
norm: boolean, };

export type Event = { "type": "ready", 
/**
 * Every method, in the order of the menu.
 */
methods: Card[], 
/**
 * Everything that can be turned.
 */
table: Array<Row>, 
/**
 * Every reading, in the order in which they are shown.
 */
readings: Array<ReadingCard>, 
/**
 * Every built-in set; the first is the one to open with.
 */
sets: Array<SetCard>, 
/**
 * The settings in force, complete.
 */
settings: Settings, } | { "type": "loaded", 
/**
 * The images.
 */
images: ImageSet, 
/**
 * Files that could not be used.
 */
skipped: Array<Skipped>, 
/**
 * Sentences on what was found: files that were ignored, copies, images of one colour, and why
 * there are no labels, if so.
 */
notes: Array<string>, 
/**
 * Settings that suit the images, each with its reason.
 */
advice: Array<Advice>, } | { "type": "configured", 
/**
 * All settings, complete.
 */
settings: Settings, 
/**
 * Dotted paths of changes that wait for the next start.
 */
pending: Array<string>, 
/**
 * The learning rate that is in force or will be.
 */
learningRate: number, 
/**
 * The learning rate of the method's paper, scaled to the batch in force.
 */
publishedRate: number, 
/**
 * Seconds that a whole run takes, about: at the pace of the last run, or else of a laptop's
 * CPU. Null without images.
 */
seconds: number | null, 
/**
 * The loss of the run where its embeddings say nothing; null if that is not known, or without a
 * run.
 */
lossAtChance: number | null, } | { "type": "started", 
/**
 * Where it computes and why.
 */
device: DeviceCard, 
/**
 * Numbers that training moves.
 */
parameters: number, 
/**
 * Width of h.
 */
h: number, 
/**
 * Width of z.
 */
z: number, 
/**
 * Steps of an epoch.
 */
stepsPerEpoch: number, 
/**
 * Epochs of the run.
 */
epochs: number, } | { "type": "state", 
/**
 * The state now.
 */
state: State, } | { "type": "stepped", 
/**
 * Steps done in all.
 */
step: number, 
/**
 * Steps of the run.
 */
steps: number, 
/**
 * Epochs finished.
 */
epoch: number, 
/**
 * Epochs of the run.
 */
epochs: number, 
/**
 * The loss of each step since the event before.
 */
losses: Array<LossPoint>, 
/**
 * Milliseconds a step, a running mean; zero until known.
 */
msPerStep: number, 
/**
 * Images a second.
 */
imagesPerSecond: number, 
/**
 * Seconds to the end of the run.
 */
eta: number, } | { "type": "views", 
/**
 * Steps done.
 */
step: number, 
/**
 * Which images.
 */
images: Array<number>, 
/**
 * Their views, in the order of the method's.
 */
views: Array<ViewImages>, 
/**
 * Cosine of what the loss compares of the first two views; empty if it has but one.
 */
cosine: Array<number>, } | { "type": "map", 
/**
 * Steps done.
 */
step: number, 
/**
 * Which vectors are shown.
 */
space: Space, 
/**
 * Which images, in the order of the points: rising.
 */
images: Array<number>, 
/**
 * Whether these are only some of those that maps are of while training: the same ones each time,
 * so that they move; the others are to stay where the last map had them.
 */
partial: boolean, 
/**
 * Little-endian f32, x then y: `[n, 2]`.
 */
points: Bytes, 
/**
 * Half-width of the frame in which the untrained network's map of this space would just fit,
 * drawn at its full size: the largest coordinate at a mean squared distance of 1. On it what
 * has drawn together looks small.
 */
reach: number, 
/**
 * Part of the variance that the two axes show: 0 to 1.
 */
explained: number, } | { "type": "baselines", 
/**
 * Which images, in the order of the points: rising.
 */
images: Array<number>, 
/**
 * Of h before training.
 */
untrainedH: MapPoints, 
/**
 * Of z before training.
 */
untrainedZ: MapPoints, 
/**
 * Of the pixels.
 */
pixels: MapPoints, } | { "type": "verdict", 
/**
 * Steps done.
 */
step: number, 
/**
 * Did it collapse?
 */
collapse: Collapse, 
/**
 * Did it learn?
 */
learned: Learned, 
/**
 * What to try next, what promises most first; empty until the run has ended.
 */
next: Array<NextStep>, } | { "type": "readings", 
/**
 * Steps done.
 */
step: number, 
/**
 * In the order of the cards.
 */
values: Array<Measured>, } | { "type": "neighbours", 
/**
 * Steps done, as of the vectors.
 */
step: number, 
/**
 * The image asked about.
 */
index: number, 
/**
 * Among how many images.
 */
among: number, 
/**
 * In h.
 */
h: Array<Neighbour>, 
/**
 * In z.
 */
z: Array<Neighbour>, 
/**
 * In h before training.
 */
untrainedH: Array<Neighbour>, 
/**
 * In z before training.
 */
untrainedZ: Array<Neighbour>, 
/**
 * In the pixels as they are, from 0 to 1: as the kNN of raw pixels.
 */
pixels: Array<Neighbour>, } | { "type": "evaluating", 
/**
 * The part of the work that is done: 0 to 1.
 */
progress: number, } | { "type": "evaluated", 
/**
 * Steps done.
 */
step: number, 
/**
 * Of how many images.
 */
images: number, 
/**
 * In the order of the cards.
 */
values: Array<Measured>, } | { "type": "embeddings", 
/**
 * Steps done, as of the vectors.
 */
step: number, 
/**
 * Representations: `[n, width of h]`.
 */
h: Bytes, 
/**
 * Embeddings: `[n, width of z]`.
 */
z: Bytes, } | { "type": "checkpoint", 
/**
 * Steps done.
 */
step: number, 
/**
 * Opaque.
 */
bytes: Bytes, } | { "type": "refused", 
/**
 * The `type` of the command; empty if what came has none.
 */
command: string, 
/**
 * What to do about it.
 */
error: string, 
/**
 * The dotted path of the setting at fault, if it is one.
 */
path: string | null, 
/**
 * Of a run that is too large: settings each of which would make it fit.
 */
instead: Array<Advice>, } | { "type": "lost", 
/**
 * What happened.
 */
error: string, } | { "type": "failed", 
/**
 * What happened.
 */
error: string, };

export type Factor = { 
/**
 * What it is: `label`, or of shapes `shape`, `colour`, ...
 */
name: string, 
/**
 * Names of the classes.
 */
classes: Array<string>, 
/**
 * Class of each image.
 */
of: Array<number>, };

export type Family = "contrastive" | "redundancy" | "distillation" | "clustering" | "patches";

export type Flip = { 
/**
 * How often.
 */
probability: number, };

export type Freedom = "fixed" | "slight" | "free";

export type Gain = { 
/**
 * The difference, -1 to 1.
 */
value: number, 
/**
 * Its standard error.
 */
error: number, };

export type GaugeCard = { 
/**
 * Key in the events' `gauges`.
 */
id: string, 
/**
 * Its name.
 */
label: string, 
/**
 * What it tells, in one sentence.
 */
about: string, 
/**
 * Why the run stops when the gauge is no finite number, and what to do; null if it goes on.
 */
broken: string | null, };

export type GaugeValue = { 
/**
 * As in the method's card.
 */
id: string, 
/**
 * Its value.
 */
value: number, };

export type Grey = { 
/**
 * How often.
 */
probability: number, };

export type Idle = { 
/**
 * Dotted path of another setting.
 */
path: string, 
/**
 * The values at which it is so, as text.
 */
values: Array<string>, 
/**
 * The same as a sentence.
 */
sentence: string, };

export type ImageSet = { 
/**
 * Id of the built-in set; null for the learner's own images.
 */
set: string | null, 
/**
 * Side of each image, in pixels.
 */
size: number, 
/**
 * Name of each image.
 */
names: Array<string>, 
/**
 * RGB, a byte a channel, image after image, row after row: `[n, size, size, 3]`.
 */
pixels: Bytes, 
/**
 * What is known of the images, the label first; empty without labels.
 */
factors: Array<Factor>, };

export type Jitter = { 
/**
 * How often.
 */
probability: number, 
/**
 * Strength of the brightness change.
 */
brightness: number, 
/**
 * Strength of the contrast change.
 */
contrast: number, 
/**
 * Strength of the saturation change.
 */
saturation: number, 
/**
 * Strength of the hue change, as a part of a full turn.
 */
hue: number, };

export type KnobKind = { "type": "number", 
/**
 * Smallest value.
 */
min: number, 
/**
 * Largest value.
 */
max: number, 
/**
 * Distance between two values of the slider; with `log`, at the low end.
 */
step: number, 
/**
 * Whether the slider moves by factors.
 */
log: boolean, 
/**
 * If it may be null: what the method then does.
 */
auto: string | null, } | { "type": "count", 
/**
 * Smallest value.
 */
min: number, 
/**
 * Largest value.
 */
max: number, 
/**
 * Whether the slider moves by factors.
 */
log: boolean, 
/**
 * The values that the page offers; empty if all.
 */
offered: Array<number>, } | { "type": "switch" } | { "type": "choice", 
/**
 * The words.
 */
options: Array<Choice>, };

export type Learned = { 
/**
 * Whether anything was learned.
 */
state: LearnedState, 
/**
 * The numbers behind it; null if nothing can be scored.
 */
scores: Comparison | null, 
/**
 * The statement.
 */
sentence: string, };

export type LearnedState = "unscored" | "early" | "better" | "belowPixels" | "same" | "worse";

export type LossPoint = { 
/**
 * Steps done, this one included.
 */
step: number, 
/**
 * What was minimised.
 */
total: number, 
/**
 * Its terms, unweighted, in the order of the card.
 */
terms: Array<LossTerm>, 
/**
 * What was measured beside it, in the order of the card.
 */
gauges: Array<GaugeValue>, 
/**
 * The learning rate.
 */
rate: number, };

export type LossTerm = { 
/**
 * As in the method's card.
 */
id: string, 
/**
 * Unweighted.
 */
value: number, 
/**
 * Its weight in the total.
 */
weight: number, };

export type MapPoints = { 
/**
 * Little-endian f32, x then y: `[n, 2]`.
 */
points: Bytes, 
/**
 * Half-width of the frame, as in [`Event::Map`](super::Event::Map).
 */
reach: number, 
/**
 * Part of the variance that the two axes show: 0 to 1.
 */
explained: number, };

export type Measured = { 
/**
 * Of the reading's card.
 */
id: string, 
/**
 * The factor or the parameter that it is of; null for the whole.
 */
part: string | null, 
/**
 * Of h.
 */
h: Value | null, 
/**
 * Of z.
 */
z: Value | null, 
/**
 * Of h before training.
 */
untrained: Value | null, 
/**
 * Of z before training.
 */
untrainedZ: Value | null, 
/**
 * Of the pixels themselves.
 */
pixels: Value | null, 
/**
 * What vectors that say nothing would give.
 */
chance: number | null, 
/**
 * Why something that should be there is missing.
 */
missing: string | null, };

export type Neighbour = { 
/**
 * Which image.
 */
index: number, 
/**
 * Cosine.
 */
cosine: number, };

export type NextStep = { 
/**
 * What it does, in a few words.
 */
label: string, 
/**
 * The settings that do it; null for what is done with images by hand.
 */
settings: DeepPartial<Settings> | null, };

export type OptimizerKind = "sgd" | "adam" | "adamw" | "lars";

export type Panel = "menu" | "status" | "method" | "run" | "views";

export type Part = { 
/**
 * What it is, and so where it stands.
 */
role: Role, 
/**
 * What is written in it.
 */
label: string, 
/**
 * The knob that takes it away: a switch that is off, or a choice that is `none`.
 */
switch: string | null, };

export type Published = { 
/**
 * Width of z.
 */
latent: number, 
/**
 * Images a step.
 */
batch: number, 
/**
 * The optimiser.
 */
optimizer: OptimizerKind, 
/**
 * Peak learning rate at that batch.
 */
rate: number, 
/**
 * Weight decay.
 */
weightDecay: number, 
/**
 * Passes over the images.
 */
epochs: number, 
/**
 * The learning rate over time.
 */
schedule: string, };

export type ReadingCard = { 
/**
 * Its name in events, files and tests.
 */
id: string, 
/**
 * Its name on the page.
 */
label: string, 
/**
 * What it is, in one sentence.
 */
about: string, 
/**
 * What its numbers are.
 */
unit: Unit, 
/**
 * Which way is better, if any is.
 */
better: Better | null, 
/**
 * When it misleads, in one sentence.
 */
misleads: string, 
/**
 * Whether it is taken while a network trains; else when asked for.
 */
live: boolean, 
/**
 * Whether it is the one by which is judged what was learned. One reading is.
 */
headline: boolean, 
/**
 * Whether it is taken of raw pixels too, beside the untrained network.
 */
pixels: boolean, 
/**
 * Whether it stays the same when all vectors are turned alike.
 */
rotation: boolean, 
/**
 * Paper and equation.
 */
source: string, 
/**
 * Cases of `tests/reference` that it agrees with: a file, and how their ids begin. Empty if
 * there are none.
 */
cases: Array<string>, };

export type Role = "view" | "patches" | "encoder" | "maps" | "representation" | "context" | "projector" | "embedding" | "predictor" | "whitening" | "codes" | "stopGradient" | "memory";

export type Row = { 
/**
 * Dotted path in the settings.
 */
path: string, 
/**
 * The method whose knob it is; null if all share it.
 */
method: string | null, 
/**
 * Where the page draws it.
 */
panel: Panel, 
/**
 * Heading of those that it stands with.
 */
group: string, 
/**
 * Its name.
 */
label: string, 
/**
 * What turning it does, in one sentence.
 */
about: string, 
/**
 * What values it takes.
 */
kind: KnobKind, 
/**
 * What is counted; empty if nothing is.
 */
unit: string, 
/**
 * What may stand there, in words.
 */
values: string, 
/**
 * Value at the beginning.
 */
default: number | string | boolean | null, 
/**
 * Whether it takes effect at the next step; else at the next start.
 */
live: boolean, 
/**
 * When it has no effect; null if it always has.
 */
idle: Idle | null, };

export type SetCard = { 
/**
 * Names the set in commands and addresses.
 */
id: string, 
/**
 * Its name.
 */
title: string, 
/**
 * What is in it, and who made it.
 */
about: string, 
/**
 * The picture that holds it; null if it is drawn.
 */
sheet: SheetCard | null, 
/**
 * Where it departs from the rule for images, and why.
 */
preset: Array<Advice>, 
/**
 * What *shapes* is drawn with at first; null for other sets.
 */
options: ShapesOptions | null, 
/**
 * Fewest and most images that *shapes* can have; null for other sets.
 */
counts: [number, number] | null, };

export type Settings = { 
/**
 * Version of the format.
 */
version: number, 
/**
 * Id of the method: the name of its file.
 */
method: string, 
/**
 * Seed of every random draw.
 */
seed: number, 
/**
 * Where the run computes.
 */
backend: Backend, 
/**
 * Side of the images, in pixels.
 */
size: number, 
/**
 * The network under study.
 */
encoder: EncoderSettings, 
/**
 * How the network is trained.
 */
train: TrainSettings, 
/**
 * How views are made from an image.
 */
augment: Augment, 
/**
 * Hyper-parameters of the method, as its card lists them.
 */
knobs: Record<string, number | string | boolean>, };

export type ShapesOptions = { 
/**
 * How many images: from the first to the last of [`ShapesOptions::COUNTS`].
 */
count: number, 
/**
 * Colour of the shape. Fixed: blue. Slight: bluish. Free: any hue, never pale or dark.
 */
colour: Freedom, 
/**
 * Colour of the ground. Fixed: nearly white. Slight: pale. Free: anything at least a quarter
 * of the way from black to white lighter or darker than the shape.
 */
background: Freedom, 
/**
 * Radius of the shape, as a part of the side. Fixed: 0.37. Slight: 0.32 to 0.42. Free: 0.18
 * to 0.42.
 */
size: Freedom, 
/**
 * Turn of the shape. Fixed: upright. Slight: up to 0.4 radians each way. Free: any.
 */
angle: Freedom, 
/**
 * Place of the shape. Fixed: the middle. Slight: up to 0.08 of the side from it, each way.
 * Free: anywhere inside.
 */
place: Freedom, };

export type SheetCard = { 
/**
 * The picture that they are laid out in, row after row; relative to the page.
 */
picture: string, 
/**
 * Side of each in it, in pixels.
 */
tile: number, };

export type Skipped = { 
/**
 * Its name.
 */
name: string, 
/**
 * Why.
 */
reason: string, };

export type Solarise = { 
/**
 * How often.
 */
probability: number, 
/**
 * Values from here on are inverted.
 */
threshold: number, };

export type Space = "h" | "z";

export type Squares = { 
/**
 * Side of each image, in pixels.
 */
size: number, 
/**
 * RGB, a byte a channel, image after image, row after row: `[n, size, size, 3]`.
 */
pixels: Bytes, };

export type State = "empty" | "loaded" | "running" | "paused" | "done" | "failed";

export type TermCard = { 
/**
 * Key in the events' `terms`.
 */
id: string, 
/**
 * Name on the curve.
 */
label: string, 
/**
 * What it asks for, in one sentence.
 */
about: string, 
/**
 * Its unweighted value, in LaTeX: the first case that holds. The last always does.
 */
formula: Array<Case>, };

export type TrainSettings = { 
/**
 * Images a step looks at (each gives as many views as the method asks for).
 */
batch: number, 
/**
 * Passes over the images.
 */
epochs: number, 
/**
 * Which rule moves the parameters.
 */
optimizer: OptimizerKind, 
/**
 * Peak learning rate; `null` is the method's own for this optimiser and batch size.
 */
learningRate: number | null, 
/**
 * Fraction of the weights taken away at each step, before the learning rate.
 */
weightDecay: number, 
/**
 * Momentum of SGD and LARS.
 */
momentum: number, 
/**
 * Part of the run over which the learning rate rises linearly.
 */
warmup: number, 
/**
 * Learning rate at the end of the cosine, as a part of the peak.
 */
finalRate: number, };

export type Unit = "share" | "directions" | "number" | "shares";

export type Value = number | Array<number>;

export type ViewImages = { 
/**
 * Side in pixels.
 */
size: number, 
/**
 * RGB bytes: `[n, size, size, 3]`.
 */
pixels: Bytes, };

export type Weights = { "type": "shared" } | { "type": "average", 
/**
 * The knob that switches it off, if there is one.
 */
switch: string | null, };
