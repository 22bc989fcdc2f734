// Where the tour goes, and where its card stands.
import { expect, test } from "vitest";
import { following, place, steps } from "../src/views/tour/steps.ts";

const screen = { width: 1366, height: 768 };
const card = { width: 320, height: 150 };

test("there are six steps, and one whose element is not on the screen is skipped", () => {
  expect(steps()).toHaveLength(6);
  const all = () => true;
  expect(following(-1, all)).toBe(0);
  expect(following(5, all)).toBe(null);
  const noViews = (at: string) => at !== steps()[1]!.at;
  expect(following(0, noViews)).toBe(2);
  expect(following(0, () => false)).toBe(null);
});

test("the card covers nothing of what it points at, where there is room, and is always on the screen", () => {
  const targets = [
    { left: 100, top: 4, width: 90, height: 36 },
    { left: 100, top: 720, width: 900, height: 40 },
    { left: 0, top: 60, width: 150, height: 700 },
    { left: 1200, top: 60, width: 160, height: 700 },
  ];
  for (const target of targets) {
    const { left, top } = place(target, card, screen);
    const apart =
      left >= target.left + target.width ||
      left + card.width <= target.left ||
      top >= target.top + target.height ||
      top + card.height <= target.top;
    expect(apart, JSON.stringify(target)).toBe(true);
  }
  const everywhere = { left: 0, top: 0, width: 1366, height: 768 };
  for (const target of [...targets, everywhere]) {
    for (const size of [screen, { width: 390, height: 844 }]) {
      const { left, top } = place(target, card, size);
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(left + card.width).toBeLessThanOrEqual(size.width);
      expect(top + card.height).toBeLessThanOrEqual(size.height);
    }
  }
});
