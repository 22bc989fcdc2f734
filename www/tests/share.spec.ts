import { expect, test } from "vitest";
import { embedded, shared } from "../src/views/shell/share.ts";

const HERE = "https://example.org/page?lesson=loss&seed=1&v=1";

test("an address to share names what it leaves out, and keeps the rest", () => {
  expect(shared(HERE, [], false)).toBe(HERE);
  expect(shared(HERE, ["views", "loss"], false)).toBe(
    `${HERE}&hide=views,loss`,
  );
  // What is shown now is not what was asked for before.
  expect(shared(`${HERE}&hide=b`, [], false)).toBe(HERE);
});

test("an address for a projector keeps what it names of the page", () => {
  expect(shared(HERE, [], true)).toBe(`${HERE}&show=projector`);
  const named = `${HERE}&show=views,pipeline`;
  expect(shared(named, [], true)).toBe(named);
  expect(shared(named, [], false)).toBe(HERE);
});

test("markup of an address is an attribute, whatever the address has", () => {
  const line = embedded(`${HERE}&set="><script>`);
  expect(line).toContain('src="https://example.org/page?lesson=loss&amp;seed');
  expect(line).toContain("&quot;>");
  expect(line.match(/"/g)!.length % 2).toBe(0);
});
