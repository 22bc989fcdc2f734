// Languages: what the page says in others is whole, and which of them it speaks.
import PO from "pofile";
import { describe, expect, test } from "vitest";
import { WRITTEN } from "../src/session/lesson-files.ts";
import { LANGUAGES, wanted } from "../src/session/language.svelte.ts";
import {
  cards,
  factors,
  reword,
  rows,
  type Words,
} from "../src/session/wording.ts";
import type { Card, ImageSet, Row } from "../src/protocol.ts";
import { wrongs } from "./texts.ts";

const catalogues = import.meta.glob<string>("../languages/*.po", {
  query: "?raw",
  import: "default",
  eager: true,
});
const overlays = import.meta.glob<Words>("../languages/*/lessons.json", {
  import: "default",
  eager: true,
});
const OTHERS = LANGUAGES.map(({ value }) => value).filter(
  (one) => one !== "en",
);

/** What of a lesson is told. */
const TOLD =
  /> (title|question|about|watch|says|name|claim|means|differs|students|wrong|place|authors)$/;
/** Of that, what may stay as it is. */
const NAMED = /> paper > (title|place|authors)$/;

const placeholders = (text: string) =>
  (text.match(/\{\d+\}|<\/?\d+\/?>|#/g) ?? []).sort();

test("there is German, and each language has its own name", () => {
  expect(LANGUAGES).toContainEqual({ value: "de", title: "Deutsch" });
  expect(LANGUAGES[0]).toEqual({ value: "en", title: "English" });
});

describe.each(OTHERS)("%s", (language) => {
  const { headers, items } = PO.parse(
    catalogues[`../languages/${language}.po`]!,
  );
  const forms = Number(
    /nplurals=(\d+)/.exec(headers["Plural-Forms"] ?? "")?.[1],
  );

  test("says all that the page says", () => {
    expect(items.length).toBeGreaterThan(600);
    for (const { msgid, msgid_plural, msgstr } of items) {
      expect(msgstr.length, msgid).toBe(msgid_plural ? forms : 1);
      for (const form of msgstr) {
        expect(form.trim(), msgid).not.toBe("");
        expect(placeholders(form), msgid).toEqual(placeholders(msgid));
      }
    }
  });

  test("says what the page says now, and nothing else", () => {
    const english = PO.parse(catalogues["../languages/en.po"]!).items;
    const ids = (all: typeof items) =>
      all.map(({ msgid, msgctxt }) => `${msgctxt ?? ""}: ${msgid}`).sort();
    expect(ids(items)).toEqual(ids(english));
    for (const { msgid, references } of items) {
      expect(references, msgid).not.toEqual([]);
    }
  });

  test("tells every lesson, and no other", () => {
    const words = overlays[`../languages/${language}/lessons.json`]!;
    const found = wrongs(WRITTEN, words, TOLD).filter(
      (wrong) => !NAMED.test(wrong.replace(/: nothing is said$/, "")),
    );
    expect(found).toEqual([]);
  });
});

test("the language is the first that is asked for and there", () => {
  const known = ["en", "de"];
  expect(wanted(["de"], known)).toBe("de");
  expect(wanted([null, undefined, "de-AT", "en"], known)).toBe("de");
  expect(wanted(["DE_CH.UTF-8"], known)).toBe("de");
  expect(wanted(["fr", "en-GB", "de"], known)).toBe("en");
  // What some systems have is no language tag.
  expect(wanted(["C"], known)).toBe("en");
  expect(wanted(["", "*", "x-klingon"], known)).toBe("en");
  expect(wanted([], known)).toBe("en");
});

test("words stand in place of texts by id, and nothing else changes", () => {
  const thing = {
    id: "one",
    title: "One",
    parts: [
      { id: "a", text: "A", n: 1 },
      { id: "b", text: "B", n: 2 },
    ],
    list: [["x"], ["y"]],
  };
  const words = {
    id: "eins",
    title: "Eins",
    parts: { b: { text: "Be" }, c: { text: "Ce" } },
    list: [["ix"]],
    other: "Anderes",
  };
  expect(reword(thing, words)).toEqual({
    id: "one",
    title: "Eins",
    parts: [
      { id: "a", text: "A", n: 1 },
      { id: "b", text: "Be", n: 2 },
    ],
    list: [["ix"], ["y"]],
  });
  expect(reword(thing, undefined)).toBe(thing);
  expect(wrongs(thing, { title: "Eins 2" }, /title|text/)).toEqual([
    "parts > a > text: nothing is said",
    "parts > b > text: nothing is said",
    "title: formulas, ids or numbers differ",
  ]);
  expect(wrongs(thing, { title: "Eins", x: { y: "z" } }, /title/)).toEqual([
    "x > y: there is no such text",
  ]);
});

const ROW: Row = {
  path: "knobs.form",
  method: "own",
  panel: "method",
  group: "Own",
  label: "Form",
  about: "What form.",
  kind: {
    type: "choice",
    options: [
      { value: "one", label: "first" },
      { value: "two", label: "second" },
    ],
  },
  unit: "",
  values: "one of one, two",
  default: "one",
  live: true,
  idle: null,
};

test("a row takes its method's words, else those of its path", () => {
  const other: Row = {
    ...ROW,
    path: "knobs.size",
    label: "Size",
    kind: { type: "count", min: 2, max: 9, log: false, offered: [] },
    unit: "images",
    values: "a whole number from 2 to 9 images",
    idle: {
      path: "knobs.form",
      values: ["one", "two"],
      sentence: "No effect while Form is first or second.",
    },
  };
  const table = [ROW, { ...ROW, method: "another" }, other];
  expect(rows(table, {})).toBe(table);
  // Without words of its own for it, what the page composes is what the core has composed.
  expect(rows(table, { settings: {} })).toEqual(table);
  const [form, foreign, size] = rows(table, {
    settings: {
      "knobs.form": { label: "Gestalt" },
      "own knobs.form": {
        label: "Form von hier",
        kind: { options: { two: { label: "zweite" } } },
      },
    },
    shared: { images: "Bilder", Own: "Eigenes" },
  });
  expect(form).toMatchObject({ label: "Form von hier", group: "Eigenes" });
  expect(foreign!.label).toBe("Gestalt");
  expect(size!.values).toBe("a whole number from 2 to 9 Bilder");
  expect(size!.idle!.sentence).toBe(
    "No effect while Form von hier is first or zweite.",
  );
});

test("diagrams share their words; labels of a learner's own stay", () => {
  const part = { role: "encoder", label: "encoder", switch: null } as const;
  const card = {
    id: "own",
    idea: "It is.",
    diagram: {
      branches: [[part]],
      weights: { type: "shared" },
      memory: [{ ...part, label: "queue" }],
      loss: "all of it",
    },
  } as unknown as Card;
  const files = {
    methods: { own: { idea: "Es ist.", diagram: { loss: "alles" } } },
    diagrams: { encoder: "Encoder", queue: "Warteschlange" },
    labels: { label: "Label", cat: "Katze" },
  };
  const [said] = cards([card], files);
  expect(said!.idea).toBe("Es ist.");
  expect(said!.diagram.loss).toBe("alles");
  expect(said!.diagram.branches[0]![0]!.label).toBe("Encoder");
  expect(said!.diagram.memory[0]!.label).toBe("Warteschlange");
  const images = (set: string | null) =>
    ({
      set,
      factors: [{ name: "label", classes: ["cat", "dog"], of: [0, 1] }],
    }) as unknown as ImageSet;
  expect(factors(images("built-in"), files)).toMatchObject([
    { name: "Label", classes: ["Katze", "dog"] },
  ]);
  expect(factors(images(null), files)).toMatchObject([
    { name: "Label", classes: ["cat", "dog"] },
  ]);
});
