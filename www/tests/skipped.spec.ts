// What was refused, as it is read, copied and saved; how long the rest will take.
import { expect, test } from "vitest";
import { Pace } from "../src/images/pace.ts";
import { asText, byReason } from "../src/views/data/skipped.ts";

const skipped = [
  { name: "a/1.png", reason: "broken" },
  { name: "2.txt", reason: "not an image" },
  { name: "a/1.png", reason: "broken" },
];

test("files are told by reason, two of one name twice", () => {
  expect(byReason(skipped)).toEqual([
    { reason: "broken", names: ["a/1.png", "a/1.png"] },
    { reason: "not an image", names: ["2.txt"] },
  ]);
});

test("a line is a file, whatever its name", () => {
  expect(asText(skipped).split("\n")).toHaveLength(4);
  const odd = asText([{ name: "a\nb\tc\r\u0000", reason: "broken" }]);
  expect(odd).toBe("a\ufffdb\ufffdc\ufffd\ufffd\tbroken\n");
});

test("the rate is that of the last seconds, once there are some", () => {
  const pace = new Pace();
  expect(pace.at(0, 0)).toBe(null);
  expect(pace.at(100, 1_000)).toBe(null);
  expect(pace.at(200, 2_000)).toBe(100);
  for (let second = 3; second <= 40; second++) {
    pace.at(200 + (second - 2) * 10, second * 1000);
  }
  expect(pace.at(590, 41_000)).toBeCloseTo(10, 0);
});
