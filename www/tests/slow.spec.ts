import { beforeEach, expect, test } from "vitest";
import { slow } from "../src/session/slow.svelte.ts";
import type { Event } from "../src/protocol.ts";

let shown: string[] = [];

/** The core tells an event. */
function tell(type: Event["type"]): void {
  const apply = () => void shown.push(type);
  if (!slow.keeps({ type } as Event, apply)) apply();
}

beforeEach(() => {
  shown = [];
  slow.turn(false);
});

test("without it nothing is kept back, and a step is one", () => {
  slow.begin();
  for (const type of ["stepped", "views", "map"] as const) tell(type);
  expect(shown).toEqual(["stepped", "views", "map"]);
  expect(slow.next()).toBe(false);
});

test("what a step comes to is shown by its stages, in whatever order it is told", () => {
  slow.turn(true);
  slow.begin();
  for (const type of ["stepped", "map", "state", "views"] as const) tell(type);
  expect(shown).toEqual(["state", "views"]);
  expect(slow.next()).toBe(true);
  expect(shown).toEqual(["state", "views"]);
  expect(slow.next()).toBe(true);
  expect(shown.at(-1)).toBe("stepped");
  expect(slow.next()).toBe(true);
  expect(shown.at(-1)).toBe("map");
  // What comes late is not kept, and the next press is a step.
  tell("readings");
  expect(shown.at(-1)).toBe("readings");
  expect(slow.next()).toBe(false);
});

test("a run that fails, other images, and Play show what was kept", () => {
  for (const end of ["failed", "loaded"] as const) {
    slow.turn(true);
    slow.begin();
    tell("stepped");
    tell(end);
    expect(shown.slice(-2)).toEqual(["stepped", end]);
    expect(slow.stage).toBeNull();
  }
  slow.begin();
  tell("map");
  slow.end();
  expect(shown.at(-1)).toBe("map");
});
