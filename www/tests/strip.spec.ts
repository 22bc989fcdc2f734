// Squares in one buffer.
import { expect, test } from "vitest";
import { Strip } from "../src/images/strip.ts";

const square = (value: number) => new Uint8Array(3).fill(value);

test("squares lie one behind another, also where more come than were likely", () => {
  const strip = new Strip();
  for (let value = 0; value < 10; value++) {
    expect(strip.add(square(value), 2)).toBe(true);
  }
  const all = strip.take();
  expect(all.length).toBe(30);
  expect([...all.subarray(24)]).toEqual([8, 8, 8, 9, 9, 9]);
  expect(strip.take().length, "they are given away").toBe(0);
});

test("a square for which there is no memory is told, and the others stay", () => {
  const strip = new Strip();
  strip.add(square(1), 1);
  const huge = { length: 2 ** 53 } as unknown as Uint8Array<ArrayBuffer>;
  expect(strip.add(huge, 1)).toBe(false);
  expect([...strip.take()]).toEqual([1, 1, 1]);
});
