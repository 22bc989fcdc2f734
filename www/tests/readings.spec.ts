// How readings are written: by what their card says, whatever they are.
import { expect, test } from "vitest";
import { explain, write } from "../src/views/scores/write.ts";
import type { ReadingCard } from "../src/protocol.ts";

test("a reading is written in its unit, and a missing one as missing", () => {
  expect(write(0.5, "share")).toBe("50.0 %");
  expect(write([0.25, 0.125], "shares")).toBe("25.0 %");
  expect(write(12.345, "directions")).toBe("12.3");
  expect(write(-0.5, "number")).toBe("-0.5");
  expect(write(null, "share")).toBe("–");
  expect(write(undefined, "number")).toBe("–");
  expect(write([], "shares")).toBe("–");
});

test("what a reading is comes with when it misleads, and which way is better", () => {
  const card: ReadingCard = {
    id: "made up",
    label: "made up",
    about: "It counts.",
    unit: "number",
    better: "low",
    misleads: "It may be empty.",
    live: false,
    headline: false,
    pixels: false,
    rotation: false,
    source: "nobody",
    cases: [],
  };
  expect(explain(card)).toBe("It counts. Lower is better. It may be empty.");
  expect(explain({ ...card, better: null })).toBe(
    "It counts. It may be empty.",
  );
});
