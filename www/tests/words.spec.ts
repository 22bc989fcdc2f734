// What words mean: short enough to be read where they stand.
import { expect, test } from "vitest";
import { WORDS } from "../src/views/words.ts";

test.each(Object.entries(WORDS))("%s takes two short sentences", (_, word) => {
  const sentences = word.about.match(/[^.]+\.(\s|$)/g) ?? [];
  expect(sentences.join("")).toBe(word.about);
  expect(sentences).toHaveLength(2);
  expect(word.about.length).toBeLessThan(200);
});
