// What is kept on the device: whatever ends a save in the middle, a whole session is there.
import { expect, test } from "vitest";
import { asksElse } from "../src/session/address.ts";
import { Series } from "../src/lib/series.ts";
import { Log } from "../src/session/log.svelte.ts";
import {
  Disk,
  type Entry,
  type Ground,
  type Slots,
} from "../src/store/disk.ts";
import { pack, unpack, type Packed } from "../src/store/pack.ts";
import { lean, migrated, type SavedSession } from "../src/store/saved.ts";
import type { Bytes, Event, ImageSet, Settings } from "../src/protocol.ts";

const KILLED = "killed";

/** A disk in memory, which is killed at the nth thing that is done to it, half way through if it writes. */
class Fake implements Ground {
  files = new Map<string, Bytes>();
  index: Slots = { now: null, before: null };
  parts = new Map<string, unknown>();
  left = Infinity;
  #dead = false;

  #act(half = () => {}): void {
    if (this.#dead) throw new Error(KILLED);
    if (this.left-- > 0) return;
    half();
    this.#dead = true;
    throw new Error(KILLED);
  }
  /** The page is opened again. */
  revive(): this {
    this.left = Infinity;
    this.#dead = false;
    return this;
  }
  async names() {
    this.#act();
    return [...this.files.keys()];
  }
  async size(file: string) {
    this.#act();
    return this.files.get(file)?.length ?? null;
  }
  async read(file: string) {
    const bytes = this.files.get(file);
    if (!bytes) throw new Error("there is no such file");
    return bytes;
  }
  async write(file: string, bytes: Bytes) {
    expect(this.files.has(file), "nothing is overwritten").toBe(false);
    this.#act(() => this.files.set(file, bytes.slice(0, bytes.length / 2)));
    this.files.set(file, bytes);
  }
  async remove(file: string) {
    this.#act();
    this.files.delete(file);
  }
  async slots() {
    this.#act();
    return this.index;
  }
  async keys() {
    this.#act();
    return [...this.parts.keys()];
  }
  async part(key: string) {
    return this.parts.get(key);
  }
  async change(slots: Slots, parts: [string, unknown][], left: string[]) {
    this.#act();
    this.index = slots;
    for (const [key, part] of parts) this.parts.set(key, part);
    for (const key of this.parts.keys()) {
      if (!left.includes(key)) this.parts.delete(key);
    }
  }
  async clear() {
    this.files.clear();
    this.parts.clear();
    this.index = { now: null, before: null };
  }
}

const bytes = (of: number, length = 40_000): Bytes =>
  new Uint8Array(length).fill(of);
const images = (of: number): ImageSet => ({
  set: null,
  size: 8,
  names: ["a.png"],
  pixels: bytes(of),
  factors: [],
});
const source = (images: ImageSet) => ({
  images,
  advice: [],
  options: {},
  given: "mine",
});

/** A run of so many steps, as the core tells it. */
function run(name: string, steps: number, on: ImageSet): Log {
  const log = new Log(
    { type: "started", stepsPerEpoch: 4 } as Extract<
      Event,
      { type: "started" }
    >,
    { seed: 1 } as Settings,
  );
  log.name = name;
  log.source = { ...source(on), files: [] };
  tell(log, 1, steps);
  log.keep({ type: "checkpoint", step: steps, bytes: bytes(100 + steps) });
  return log;
}
function tell(log: Log, from: number, to: number): void {
  const losses = Array.from({ length: to - from + 1 }, (_, i) => ({
    step: from + i,
    total: 1 / (from + i),
    terms: [],
    gauges: [],
    rate: 0.1,
  }));
  const rest = { steps: 100, epoch: Math.floor(to / 4), epochs: 25 };
  const pace = { msPerStep: 10, imagesPerSecond: 1, eta: 1 };
  log.apply({ type: "stepped", step: to, losses, ...rest, ...pace });
}

function session(logs: Log[], on: ImageSet): SavedSession {
  const side = { settings: { seed: 1 } as Settings, run: 0, running: false };
  return {
    about: { methods: ["one"], images: "mine, 1", step: 7, kept: 1 },
    address: "?seed=1",
    lesson: null,
    source: logs[0]?.source ? { ...logs[0].source, images: on } : source(on),
    a: side,
    b: null,
    beside: "untrained",
    besideRun: null,
    kept: logs.map((_, i) => i).slice(1),
    overlaid: [],
    space: "h",
    runs: logs.map((log) => log.freeze()),
  };
}

/** Saves a session as the page does. */
async function save(disk: Disk, { entry, docs, files }: Packed) {
  const lacking = await disk.lacks(entry);
  return disk.save(entry, {
    parts: lacking.parts.map((key) => [key, docs.get(key)]),
    files: lacking.files.map((file) => [file, files.get(file)!]),
  });
}
const load = async (disk: Disk, { id }: Entry) =>
  unpack((await disk.load(id))!)!;

test("killed at any moment of a save, the last session or the new one is whole", async () => {
  const mine = images(3);
  const one = await pack(session([run("a", 7, mine)], mine), "one", 1);
  const two = await pack(
    session([run("a", 9, mine), run("b", 5, images(5))], mine),
    "one",
    2,
  );
  let kills = 0;
  const ends = new Set<number>();
  for (let at = 0; ; at++) {
    const ground = new Fake();
    await save(new Disk(ground), one);
    ground.left = at;
    const killed = await save(new Disk(ground), two).then(
      () => ground.left < 0,
      (error: Error) => error.message === KILLED,
    );
    if (!killed) break;
    kills++;
    // Opened again.
    const disk = new Disk(ground.revive());
    const { now } = await disk.look();
    ends.add(now!.when);
    const { session: came, damaged } = await load(disk, now!);
    expect(damaged).toEqual([]);
    const steps = now!.when === 1 ? [7] : [9, 5];
    expect(came.runs.map((run) => run!.checkpoint?.step)).toEqual(steps);
    // What is not as its name says would be damaged.
    expect(came.runs[0]!.source!.images.pixels.length).toBe(40_000);
    // Nothing of what was half done is left.
    const named = now!.parts.flatMap(({ files }) => files.map((f) => f.file));
    expect(new Set(ground.files.keys())).toEqual(new Set(named));
    // It can be saved again.
    await save(disk, two);
    expect((await load(disk, two.entry)).damaged).toEqual([]);
  }
  expect(kills).toBeGreaterThan(12);
  expect(ends).toEqual(new Set([1, 2]));
}, 60_000);

test("what has not changed is not written again", async () => {
  const mine = images(3);
  const disk = new Disk(new Fake());
  const frozen = session([run("a", 7, mine)], mine);
  await save(disk, await pack(frozen, "one", 1));
  const next = { ...frozen, space: "z" as const };
  const { entry } = await pack(next, "one", 2);
  expect(await disk.lacks(entry)).toEqual({ parts: [], files: [], bytes: 0 });
  const further = session([run("a", 8, mine)], mine);
  const { files, parts } = await disk.lacks(
    (await pack(further, "one", 3)).entry,
  );
  // The images stand where they are: the checkpoint alone is new.
  expect([files.length, parts.length]).toEqual([1, 1]);
});

test("another session leaves the last one, until a third", async () => {
  const mine = images(3);
  const disk = new Disk(new Fake());
  const packed = (id: string) => pack(session([run(id, 7, mine)], mine), id, 1);
  await save(disk, await packed("one"));
  await save(disk, await packed("two"));
  await save(disk, await packed("two"));
  const ids = async () => {
    const { now, before } = await disk.look();
    return [now?.id, before?.id];
  };
  expect(await ids()).toEqual(["two", "one"]);
  // The first is gone on with: now the second is the one before.
  await save(disk, await packed("one"));
  expect(await ids()).toEqual(["one", "two"]);
  await save(disk, await packed("three"));
  expect(await ids()).toEqual(["three", "one"]);
});

test("a damaged file costs the run that it belongs to", async () => {
  const mine = images(3);
  const ground = new Fake();
  const disk = new Disk(ground);
  const packed = await pack(
    session([run("a", 7, mine), run("b", 5, mine)], mine),
    "one",
    1,
  );
  await save(disk, packed);
  const { files } = packed.entry.parts.find(({ name }) => name === "b")!;
  const damaged = ground.files.get(files[0]!.file)!.slice();
  damaged[100]! ^= 1;
  ground.files.set(files[0]!.file, damaged);
  const came = await load(disk, packed.entry);
  expect(came.damaged).toEqual(["b"]);
  expect(came.imageless).toBe(false);
  expect(came.session.runs[0]!.name).toBe("a");
  expect(came.session.runs[1]).toBe(null);
});

test("damaged images cost what needs them: the runs have their curves", async () => {
  const mine = images(3);
  const ground = new Fake();
  const disk = new Disk(ground);
  const packed = await pack(session([run("a", 7, mine)], mine), "one", 1);
  await save(disk, packed);
  const set = packed.entry.parts.find(({ name }) => name === "")!;
  ground.files.delete(set.files[0]!.file);
  const came = await load(disk, packed.entry);
  expect(came.imageless).toBe(true);
  expect(came.session.source).toBe(null);
  expect(came.session.runs[0]!.losses.steps.length).toBe(7);
});

test("the same images are one object again, however many runs have them", async () => {
  const mine = images(3);
  const disk = new Disk(new Fake());
  const packed = await pack(
    session([run("a", 7, mine), run("b", 5, mine)], mine),
    "one",
    1,
  );
  await save(disk, packed);
  const { session: came } = await load(disk, packed.entry);
  const [a, b] = came.runs;
  expect(a!.source!.images).toBe(came.source!.images);
  expect(b!.source!.images).toBe(came.source!.images);
});

test("a run is kept as it was at its checkpoint, whatever was told since", () => {
  const mine = images(3);
  const log = run("a", 4, mine);
  tell(log, 5, 5);
  // It is made between two reports: its last steps are told later, with more.
  log.keep({ type: "checkpoint", step: 6, bytes: bytes(6) });
  expect(log.saved!.stepped!.step).toBe(4);
  tell(log, 6, 9);
  expect(log.saved).toMatchObject({
    stepped: { step: 6, epoch: 1 },
    loss: { step: 6 },
    checkpoint: { step: 6 },
  });
  expect(log.step).toBe(9);
  // It goes on from there to the same curve.
  const again = Log.of(log.saved!);
  expect(again.weights!.length).toBe(bytes(6).length);
  tell(again, 7, 9);
  expect(again.losses.state).toEqual(log.losses.state);
});

test("a long curve goes on in the middle of what is averaged", () => {
  const [whole, first] = [new Series(), new Series()];
  const value = (step: number) => ({ total: Math.sin(step) });
  for (let step = 1; step <= 9_001; step++) {
    whole.push(step, value(step));
    first.push(step, value(step));
  }
  const second = Series.from(JSON.parse(JSON.stringify(first.state)));
  first.clear();
  for (let step = 9_002; step <= 20_000; step++) {
    whole.push(step, value(step));
    second.push(step, value(step));
  }
  expect(second.state).toEqual(whole.state);
});

test("with little room kept runs lose what they learned, and the present ones nothing", () => {
  const mine = images(3);
  const { runs } = lean(session([run("a", 7, mine), run("b", 5, mine)], mine));
  expect(runs.map(({ checkpoint }) => checkpoint?.step)).toEqual([
    7,
    undefined,
  ]);
});

test("an older version is brought up to this one, a newer one is left alone", () => {
  const by = { 0: (body: unknown) => ({ ...(body as object), b: 2 }) };
  expect(migrated(0, { a: 1 }, { now: 1, by })).toEqual({ a: 1, b: 2 });
  expect(migrated(1, { a: 1 }, { now: 1, by })).toEqual({ a: 1 });
  expect(migrated(2, { a: 1 }, { now: 1, by })).toBe(null);
  expect(() => migrated(0, {}, { now: 1, by: {} })).toThrow(/version 0/);
});

test("an address asks for something else, or for nothing", () => {
  expect(asksElse("", "?seed=1&v=1")).toBe(false);
  expect(asksElse("?lang=de&show=", "?seed=1")).toBe(false);
  expect(asksElse("?v=1&set=emoji&seed=1", "?seed=1&set=emoji&v=1")).toBe(
    false,
  );
  expect(asksElse("?lesson=one", "?seed=1&v=1")).toBe(true);
});
