// What workers die of, and how one that hangs is told from one that works.
import { expect, test, vi } from "vitest";
import { inWords, SHORT_OF_MEMORY } from "../src/core/faults.ts";
import { Recovery } from "../src/core/recovery.ts";
import { Watch } from "../src/core/watch.ts";
import type { Event } from "../src/protocol.ts";

const event = (type: Event["type"], rest: object) =>
  ({ type, ...rest }) as Event;

/** A run with a batch of 64, of ten steps an epoch. */
function begun(): Recovery {
  const recovery = new Recovery();
  const settings = { backend: "cpu", train: { batch: 64 } };
  for (const one of [
    event("loaded", { images: { names: ["a"] } }),
    event("configured", { settings, pending: [], seconds: 40 }),
    event("started", { stepsPerEpoch: 10, epochs: 2 }),
    event("state", { state: "running" }),
  ]) {
    recovery.note(one, false);
  }
  return recovery;
}

test("what browsers say of too little memory is said in words", () => {
  for (const said of [
    "Uncaught RuntimeError: unreachable",
    "RuntimeError: unreachable executed",
    "Unreachable code should not be executed (evaluating 'wasm')",
    "a thread has died: RuntimeError: unreachable",
    "RangeError: Array buffer allocation failed",
  ]) {
    expect(inWords(said)).toBe(SHORT_OF_MEMORY);
  }
  expect(inWords("killed by the test")).toBe("killed by the test");
});

test("after too little memory the next try is smaller, and after anything else as it was", () => {
  const commands = (short: boolean) => {
    const recovery = begun();
    const { batch } = recovery.die(short);
    return [batch, recovery.takeUp()[0]] as const;
  };
  const of = (batch: number) => ({ settings: { train: { batch } } });
  const [smaller, restored] = commands(true);
  expect(smaller).toBe(32);
  expect(restored).toMatchObject(of(32));
  const [none, same] = commands(false);
  expect(none).toBeNull();
  expect(same).toMatchObject(of(64));
});

test("a run that has learned something goes on with the batch it has", () => {
  const recovery = begun();
  recovery.note(
    event("checkpoint", { step: 7, bytes: new Uint8Array(1) }),
    false,
  );
  expect(recovery.die(true)).toMatchObject({ batch: null, from: "snapshot" });
});

test("a run that waits for the other one does not work", () => {
  const recovery = begun();
  expect(recovery.works).toBe(true);
  recovery.heed({ type: "hold", epoch: 1 });
  recovery.note(event("stepped", { step: 9 }), false);
  expect(recovery.works).toBe(true);
  recovery.note(event("stepped", { step: 10 }), false);
  expect(recovery.works).toBe(false);
  recovery.heed({ type: "hold", epoch: 2 });
  expect(recovery.works).toBe(true);
});

/** Seconds of silence after which a worker is taken to hang, if ever in two hours. */
function hangsAfter(works: () => boolean, foreseen = 0): number | null {
  vi.useFakeTimers();
  let hung: number | null = null;
  const watch = new Watch(
    works,
    () => foreseen,
    (seconds) => (hung = seconds),
  );
  vi.advanceTimersByTime(7_200_000);
  watch.end();
  vi.useRealTimers();
  return hung;
}

test("a worker that is silent while it should work hangs, later if its steps are long", () => {
  expect(hangsAfter(() => true)).toBe(185);
  expect(hangsAfter(() => true, 60_000)).toBe(1385);
  expect(hangsAfter(() => false)).toBeNull();
  expect(begun().foreseen).toBe(2000);
});

test("a machine that sleeps makes nothing hang", () => {
  vi.useFakeTimers();
  const hangs = vi.fn();
  const watch = new Watch(
    () => true,
    () => 0,
    hangs,
  );
  vi.advanceTimersByTime(100_000);
  // The clock jumps, and timers come once.
  vi.setSystemTime(Date.now() + 30_000_000);
  vi.advanceTimersByTime(50_000);
  expect(hangs).not.toHaveBeenCalled();
  watch.heard();
  watch.end();
  vi.useRealTimers();
});
