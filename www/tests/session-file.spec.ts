// Which zips are sessions: images come in zips too.
import { expect, test } from "vitest";
import { isSession } from "../src/store/session-file.ts";

/** What a zip lists of a file. */
function listed(name: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(name);
  const entry = new Uint8Array(46 + text.length);
  entry.set([0x50, 0x4b, 1, 2]);
  new DataView(entry.buffer).setUint16(28, text.length, true);
  entry.set(text, 46);
  return entry;
}
const file = (name: string, ...parts: BlobPart[]) => new File(parts, name);

test("a session is told from images in a zip", async () => {
  const both = [listed("images/squares.npy"), listed("session.json")];
  expect(await isSession(file("mine.zip", ...both))).toBe(true);
  expect(await isSession(file("MINE.ZIP", ...both))).toBe(true);
  const others = ["a/session.json", "session.json.png", "my-session.json"];
  const images = others.map(listed);
  expect(await isSession(file("photos.zip", ...images))).toBe(false);
  expect(await isSession(file("photos.zip", "session.json"))).toBe(false);
  expect(await isSession(file("session.json", ...both))).toBe(false);
  expect(await isSession(file("empty.zip"))).toBe(false);
});
