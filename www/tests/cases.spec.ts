// Texts of a card that depend on knobs.
import { expect, test } from "vitest";
import { inForce, together } from "../src/views/method/cases.ts";
import type { Case } from "../src/protocol.ts";

const always = (text: string): Case => ({ when: [], text });
const when = (knob: string, values: string[], text: string): Case => ({
  when: [[knob, values]],
  text,
});

test("the first case that holds is in force, whatever kind of value its knob has", () => {
  const cases = [
    when("stop", ["true"], "sg"),
    when("rounds", ["0"], "no rounds"),
    when("loss", ["margin", "logistic"], "other loss"),
    always("plain"),
  ];
  const said = (knobs: Record<string, string | number | boolean>) =>
    inForce(cases, { stop: false, rounds: 3, loss: "ntXent", ...knobs });
  expect(said({ stop: true, rounds: 0 })).toBe("sg");
  expect(said({ rounds: 0 })).toBe("no rounds");
  expect(said({ loss: "logistic" })).toBe("other loss");
  expect(said({})).toBe("plain");
});

test("all conditions of a case must hold, and nothing is said where none does", () => {
  const both: Case = {
    when: [
      ["a", ["true"]],
      ["b", ["true"]],
    ],
    text: "both",
  };
  expect(inForce([both], { a: true, b: false })).toBe(undefined);
  expect(inForce([both], { a: true, b: true })).toBe("both");
  expect(together([[both], [always("end")]], { a: true, b: false })).toBe(
    "end.",
  );
  expect(together([[always("x")], [always("y")]], {})).toBe("x; y.");
});
