// What comes from elsewhere, whatever it is: an address, and the text of a session file. A second of each with every
// test; `cargo xtask fuzz page` takes longer.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { asksElse, parse, read } from "../src/session/address.ts";
import { session, type Opened } from "../src/store/file.ts";
import { usual } from "./sample.ts";

const SECONDS = Number(import.meta.env["VITE_FUZZ_SECONDS"] ?? 1);

/** Tries a property for as long as there is time. */
function tried<T>(some: fc.Arbitrary<T>, holds: (one: T) => void): void {
  fc.assert(fc.property(some, holds), {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: SECONDS * 1000,
    // What was tried by then was right.
    markInterruptAsFailure: false,
  });
}

/** Texts that look like those of an address, more or less. */
const word = fc.oneof(
  fc.constantFrom("set", "b", "lesson", "method", "train.batch", "b.seed", "v"),
  fc.constantFrom("shapes.count", "__proto__", "constructor.name", "knobs."),
  fc.constantFrom("auto", "true", "NaN", "-0", "1e999", "0x10", ""),
  fc.string({ unit: "binary" }),
);
const pairs = fc.array(fc.tuple(word, word));

test(
  "an address is read, whatever it says",
  { timeout: SECONDS * 2000 + 10_000 },
  () => {
    tried(fc.oneof(word, pairs), (given) => {
      const query =
        typeof given === "string"
          ? `?${given}`
          : `?${given.map((pair) => pair.map(encodeURIComponent).join("=")).join("&")}`;
      const address = read(query);
      const all = [...address.settings, ...(address.beside?.settings ?? [])];
      for (const [path, text] of all) {
        const value = parse(usual, path, text);
        expect(
          ["number", "string", "boolean"].includes(typeof value) ||
            value === null,
        ).toBe(true);
        // What is no number would be no JSON.
        expect(typeof value === "number" && !Number.isFinite(value)).toBe(
          false,
        );
      }
      expect(asksElse(query, query)).toBe(false);
    });
    expect(({} as { batch?: number }).batch).toBeUndefined();
  },
);

/** Trees that look like a session, more or less. */
const names = fc.constantFrom(
  ...[
    "runs",
    "sets",
    "source",
    "images",
    "a",
    "b",
    "settings",
    "about",
    "step",
  ],
  ...["pixels", "file", "base64", "names", "size", "losses", "columns", "map"],
  ...["kept", "__proto__", "length", "checkpoint", "bytes", "run"],
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(null, 0, 1, -1, 0.5, 1e308, true, "", "a.npy", "h"),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(names, tie("tree"), { maxKeys: 8 }),
  ),
}));

test(
  "a session is taken or refused in a sentence, whatever it says",
  { timeout: SECONDS * 2000 + 10_000 },
  () => {
    const bytes = new Uint8Array(12);
    const opened = (state: unknown): Opened => ({
      state: () => JSON.stringify(state) ?? "",
      file: () => bytes,
      squares: () => bytes,
    });
    tried(tree, (state) => {
      try {
        session(opened(state), usual, ["one"]);
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        // Not the words of an engine about our code.
        expect((error as Error).message).not.toMatch(
          /is not a function|Cannot read|iterable|of undefined/,
        );
        expect((error as Error).message.length).toBeGreaterThan(3);
      }
    });
  },
);
