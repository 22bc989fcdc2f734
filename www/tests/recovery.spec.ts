// What another worker is given, which command an event answers, and when to give up.
import { expect, test } from "vitest";
import { Answers, type Answer } from "../src/core/answers.ts";
import { Recovery } from "../src/core/recovery.ts";
import type { Command, Event } from "../src/protocol.ts";

const settings = { backend: "webgpu", train: { batch: 8 } };
const images = { set: "shapes", names: ["a"] };
const event = (type: Event["type"], rest: object = {}) =>
  ({ type, ...rest }) as Event;
const configured = (changed: object = {}, pending: string[] = []) =>
  event("configured", { settings: { ...settings, ...changed }, pending });
const checkpoint = (step: number) =>
  event("checkpoint", { step, bytes: new Uint8Array([step]) });

/** What is known after these events. */
function known(...events: Event[]): Recovery {
  const recovery = new Recovery();
  for (const one of events) recovery.note(one, false);
  return recovery;
}
const RUN = [
  event("loaded", { images }),
  configured(),
  event("started"),
  event("state", { state: "running" }),
  event("stepped", { step: 7 }),
];
const types = (commands: Command[]) => commands.map(({ type }) => type);

test("a run goes on from its checkpoint, with the settings in force", () => {
  const later = configured({ train: { batch: 16 } }, ["train.batch"]);
  const recovery = known(...RUN, checkpoint(7), later);
  const commands = recovery.takeUp();
  expect(types(commands)).toEqual(["restore", "configure", "resume"]);
  expect(commands[0]).toMatchObject({ settings, checkpoint: { 0: 7 } });
  expect(commands[1]).toMatchObject({ settings: { train: { batch: 16 } } });
  expect(recovery.die().from).toBe("snapshot");
});

test("a method that waits for the next start has its own knobs, the run those it has", () => {
  const [one, other] = [
    { method: "one", knobs: { temperature: 0.5 } },
    { method: "other", knobs: { average: true } },
  ];
  const [loaded, , ...run] = RUN;
  const recovery = known(
    loaded!,
    configured(one),
    ...run,
    checkpoint(7),
    configured({ ...one, knobs: { temperature: 0.7 } }),
    configured(other, ["method", "knobs.average"]),
    configured({ ...other, train: { batch: 16 } }, [
      "method",
      "knobs.average",
      "train.batch",
    ]),
  );
  const [restore, ...waiting] = recovery.takeUp();
  expect(restore).toMatchObject({
    settings: { ...settings, method: "one", knobs: { temperature: 0.7 } },
  });
  expect((restore as { settings: object }).settings).not.toHaveProperty(
    "knobs.average",
  );
  expect(waiting.slice(0, 2)).toEqual([
    { type: "configure", settings: other },
    { type: "configure", settings: { train: { batch: 16 } } },
  ]);
});

test("a run that was brought back goes on from the checkpoint it came with", () => {
  const recovery = known(...RUN, event("state", { state: "paused" }));
  recovery.restored(7, new Uint8Array([9]));
  expect(recovery.saved, "the core makes no other at that step").toBe(true);
  expect(recovery.takeUp()[0]).toMatchObject({ checkpoint: { 0: 9 } });
});

test("without one it begins again; without a run nothing does", () => {
  const recovery = known(...RUN);
  expect(recovery.die().from).toBe("beginning");
  expect(types(recovery.takeUp())).toEqual(["restore", "start", "resume"]);
  const idle = known(...RUN.slice(0, 2));
  expect(idle.die().from).toBe("nothing");
  expect(types(idle.takeUp())).toEqual(["restore"]);
  expect(new Recovery().takeUp()).toEqual([]);
});

test("what is refused is not noted", () => {
  const recovery = known(
    ...RUN,
    checkpoint(7),
    event("refused", { command: "start" }),
  );
  expect(types(recovery.takeUp())).toEqual(["restore", "resume"]);
});

test("a run that cannot begin anew is no run", () => {
  const recovery = known(...RUN);
  recovery.die();
  expect(types(recovery.takeUp())).toEqual(["restore", "start", "resume"]);
  recovery.note(event("refused", { command: "start" }), false);
  expect(recovery.saved).toBe(true);
  expect(types(recovery.takeUp())).toEqual(["restore"]);
});

test("a restore of somebody else's that is refused loses nothing", () => {
  const recovery = known(...RUN, checkpoint(7));
  recovery.note(event("refused", { command: "restore" }), false);
  expect(types(recovery.takeUp())).toEqual(["restore", "resume"]);
  const { answers } = asked("restore");
  expect(answers.restoring).toBe(false);
});

test("what another worker tells of the last one's is not new", () => {
  const recovery = known(...RUN, checkpoint(7));
  recovery.die();
  const told = [
    event("state", { state: "loaded" }),
    event("loaded", { images }),
    configured(),
    event("started"),
    event("stepped", { step: 7 }),
  ];
  for (const one of told) recovery.note(one, true);
  expect(types(recovery.takeUp())).toEqual(["restore", "resume"]);
});

test("the second death leaves the CPU, the third nothing, and each other worker is waited for longer", () => {
  const recovery = known(...RUN, checkpoint(7));
  const [first, second, third] = [
    recovery.die(),
    recovery.die(),
    recovery.die(),
  ];
  expect(first).toMatchObject({ restarts: true, onCpu: false });
  expect(second).toMatchObject({ restarts: true, onCpu: true });
  expect(third.restarts).toBe(false);
  expect(first.pause).toBeGreaterThan(0);
  expect(second.pause).toBeGreaterThan(first.pause);
  const [restore] = recovery.takeUp();
  expect(restore).toMatchObject({ settings: { backend: "cpu" } });
  expect(recovery.runsOn).toBe("cpu");
});

test("deaths are forgiven once the run is beyond them", () => {
  const recovery = known(...RUN);
  recovery.die();
  recovery.note(event("stepped", { step: 7 }), false);
  expect(recovery.stands).toBe(true);
  recovery.note(event("stepped", { step: 8 }), false);
  expect(recovery.stands).toBe(false);
});

test("a shorter later run is forgiven too, one that begins again is not", () => {
  const later = known(...RUN);
  later.die();
  later.note(event("started"), false);
  later.note(event("stepped", { step: 1 }), false);
  expect(later.stands).toBe(false);
  const again = known(...RUN);
  again.die();
  again.takeUp();
  again.note(event("started"), false);
  again.note(event("stepped", { step: 1 }), false);
  expect(again.stands).toBe(true);
});

test("a failed run is nothing to go on with, and nothing to wait for", () => {
  const recovery = known(...RUN, event("state", { state: "failed" }));
  expect(recovery.saved).toBe(true);
  expect(types(recovery.takeUp())).toEqual(["restore"]);
});

/** Commands whose answers are noted by their names. */
function asked(...commands: Command["type"][]) {
  const answers = new Answers();
  const noted: [string, Answer][] = [];
  for (const type of commands) {
    const command = { type, checkpoint: null } as unknown as Command;
    answers.add({ command, done: (answer) => noted.push([type, answer]) });
  }
  return { answers, noted };
}

test("an answer is for the oldest command that has none", () => {
  const { answers, noted } = asked("configure", "resume", "start", "loadSet");
  const refused = event("refused", { command: "loadSet" });
  // Of a command that no event answers.
  answers.take(event("refused", { command: "resume" }));
  for (const type of [
    "configured",
    "state",
    "started",
    "configured",
  ] as const) {
    answers.take(event(type));
  }
  answers.take(refused);
  expect(noted).toEqual([
    ["configure", event("configured")],
    ["start", event("configured")],
    ["loadSet", refused],
  ]);
});

test("pixels that a worker was given are there once when they come back", () => {
  const [given, back] = [new Uint8Array(3), new Uint8Array(3)];
  const images = { set: null, names: ["a"], size: 1, factors: [] };
  const answers = new Answers();
  const loaded = () =>
    event("loaded", { images: { ...images, pixels: back } } as object);
  const own = loaded();
  answers.share(own);
  expect(own).toEqual(loaded());
  const command = { type: "restore", images: { ...images, pixels: given } };
  answers.add({ command: command as unknown as Command, done: null });
  const shared = loaded();
  answers.share(shared);
  if (shared.type !== "loaded") throw new Error(shared.type);
  expect(shared.images.pixels).toBe(given);
});

test("of what dies unanswered, all but pixels can be sent again", () => {
  const { answers, noted } = asked("addImages", "loadSet");
  answers.add({ command: { type: "start" }, done: null });
  expect(types(answers.lose().map(({ command }) => command))).toEqual([
    "loadSet",
  ]);
  expect(noted).toEqual([["addImages", null]]);
});

test("a worker restores until it has answered that", () => {
  const answers = new Answers();
  const command = { type: "restore", checkpoint: null } as unknown as Command;
  answers.add({ command, done: null });
  expect(answers.restoring).toBe(true);
  answers.take(event("loaded"));
  answers.take(event("configured"));
  expect(answers.restoring).toBe(false);
});
