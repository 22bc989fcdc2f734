// What words mean: short enough to be read where they stand.
import { expect, test } from "vitest";
import { words } from "../src/views/words.ts";

test.each(Object.entries(words()))(
  "%s takes two short sentences",
  (_, word) => {
    const sentences = word.about.match(/[^.]+\.(\s|$)/g) ?? [];
    expect(sentences.join("")).toBe(word.about);
    expect(sentences).toHaveLength(2);
    expect(word.about.length).toBeLessThan(200);
  },
);

test("every word that is explained stands somewhere on the page", () => {
  const sources = import.meta.glob<string>("../src/**/*.{ts,svelte}", {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const { "../src/views/words.ts": own, ...views } = sources;
  const parts = own!.slice(own!.indexOf("PARTS"));
  const all = [parts, ...Object.values(views)].join("\n");
  for (const word of Object.keys(words())) {
    expect(all, word).toMatch(new RegExp(`(of=|: )"${word}"`));
  }
});
