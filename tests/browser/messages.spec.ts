// Whatever a program sends, and whatever stands in an address: it is obeyed or refused, and the page goes on.
import {
  drawer,
  expect,
  news,
  open,
  snapshot,
  test,
  TINY,
  train,
  tries,
} from "./fixtures.ts";

/** Messages as a program may get them wrong. Of those that cannot be sent at all, `send` itself says so. */
const MESSAGES: Record<string, string> = {
  nothing: "null",
  "no value": "undefined",
  "a number": "7",
  "a text": "'start'",
  "a list": "[]",
  "no type": "{}",
  "a type that is no text": "{ type: 5 }",
  "a type that is not known": "{ type: 'explode' }",
  "a function": "{ type: 'configure', settings: { seed: () => 1 } }",
  "no settings": "{ type: 'configure' }",
  "settings that are null": "{ type: 'configure', settings: null }",
  "settings that are a list": "{ type: 'configure', settings: [1] }",
  "a setting that is not there":
    "{ type: 'configure', settings: { a: { b: 1 } } }",
  "a batch that is no number":
    "{ type: 'configure', settings: { train: { batch: NaN } } }",
  "a batch without end":
    "{ type: 'configure', settings: { train: { batch: Infinity } } }",
  "a batch of minus one":
    "{ type: 'configure', settings: { train: { batch: -1 } } }",
  "a seed beyond all": "{ type: 'configure', settings: { seed: 2 ** 60 } }",
  "a method from the prototype":
    "{ type: 'configure', settings: { method: 'constructor' } }",
  "a prototype":
    'JSON.parse(\'{"type":"configure","settings":{"__proto__":{"seed":1}}}\')',
  "no set": "{ type: 'loadSet' }",
  "a set that is not there": "{ type: 'loadSet', set: '../../etc' }",
  "a set without end":
    "{ type: 'loadSet', set: 'shapes', options: { count: 1e12 } }",
  "a set of less than nothing":
    "{ type: 'loadSet', set: 'shapes', options: { count: -5 } }",
  "a set without its squares": "{ type: 'loadSet', set: 'emoji' }",
  "squares of no size":
    "{ type: 'loadSet', set: 'emoji', squares: { size: 0, pixels: new Uint8Array(0) } }",
  "images of nothing": "{ type: 'addImages' }",
  "images without pixels":
    "{ type: 'addImages', size: 16, names: ['a', 'b'], pixels: new Uint8Array(0), skipped: [], ignored: 0 }",
  "too few pixels":
    "{ type: 'addImages', size: 16, names: ['a'], pixels: new Uint8Array(767), skipped: [], ignored: 0 }",
  "too many pixels":
    "{ type: 'addImages', size: 16, names: [], pixels: new Uint8Array(768), skipped: [], ignored: 0 }",
  "images larger than memory":
    "{ type: 'addImages', size: 4294967295, names: ['a'], pixels: new Uint8Array(3), skipped: [], ignored: 0 }",
  "pixels that are text":
    "{ type: 'addImages', size: 16, names: ['a'], pixels: 'red', skipped: [], ignored: 0 }",
  "an image of minus one": "{ type: 'neighbours', index: -1, k: 3 }",
  "an image that is not there":
    "{ type: 'neighbours', index: 4000000000, k: 3 }",
  "neighbours without end": "{ type: 'neighbours', index: 0, k: 4294967295 }",
  "a space that is not there": "{ type: 'watch', space: 'q' }",
  "no threads": "{ type: 'threads', count: 0 }",
  "threads without end": "{ type: 'threads', count: 4294967295 }",
  "an epoch of minus one": "{ type: 'hold', epoch: -1 }",
  "a run of nothing": "{ type: 'restore' }",
  "a run that is no run":
    "{ type: 'restore', images: null, settings: { method: 'x' }, checkpoint: new Uint8Array(9) }",
};

/** What a core obeys although it means nothing. */
const OBEYED = [
  "a prototype",
  "neighbours without end",
  "threads without end",
  "no threads",
];

test("no message kills or wedges the page: it is refused with a sentence", async ({
  page,
}) => {
  tries("message", Object.keys(MESSAGES).length);
  await open(page, TINY);
  const before = await train(page, 2);
  const taken: Record<string, string> = {};
  for (const [name, message] of Object.entries(MESSAGES)) {
    // What comes after it is obeyed.
    const said = await page.evaluate<string>(`new Promise((resolve) => {
      const said = [];
      const stop = window.twoviews.on("refused", ({ error }) => said.push(error));
      const done = window.twoviews.on("configured", () => {
        stop();
        done();
        resolve(said.join("; "));
      });
      try {
        window.twoviews.send(${message});
      } catch (error) {
        said.push(String(error.message));
      }
      window.twoviews.send({ type: "configure", settings: {} });
    })`);
    if (!OBEYED.includes(name)) expect(said, name).not.toBe("");
    taken[name] = said;
  }
  expect(Object.values(taken).join(" ")).not.toMatch(/panick|unwrap|\.rs:/);
  // The page is the one that it was, and trains.
  const after = await train(page, before.step + 3);
  expect(after.images).toBe(before.images);
  expect(after.seed).toBe(before.seed);
  expect(after.method).toBe(before.method);
  // What the page itself asks for is answered.
  const images = await drawer(page, "Images");
  const emoji = images.getByRole("radio", { name: "Emoji", exact: true });
  await emoji.check({ force: true });
  await expect
    .poll(async () => (await snapshot(page)).images)
    .not.toBe(before.images);
  await page.keyboard.press("Escape");
  await train(page, 1);
});

test("a thousand commands at once are all heeded", async ({ page }) => {
  tries("message");
  await open(page, TINY);
  await page.evaluate(() => {
    for (let i = 0; i < 1000; i++) {
      window.twoviews.send({ type: "configure", settings: { seed: i } });
    }
  });
  await expect.poll(async () => (await snapshot(page)).seed).toBe(999);
  await train(page, 2);
});

/** Addresses as they may come: each is a page that works, and what is wrong in them is said or ignored. */
const ADDRESSES: Record<string, [query: string, said: RegExp | null]> = {
  "a prototype": ["__proto__=1&constructor=2&toString=3", /__proto__/],
  "a part of a prototype": ["train.__proto__.batch=5", /__proto__/],
  "no numbers": ["train.batch=NaN&train.epochs=1e999", /Batch size/],
  "a number too large": ["seed=1e300", /Seed/],
  "a lesson that is not there": ["lesson=..%2F..%2Fx", /lesson/i],
  "a set that is not there": ["set=%3Cimg%20src%3Dx%3E", /<img src=x>/],
  "a language that is not there": ["lang=xx-%00", null],
  "a way to show that is not there": [
    "show=%22%3E%3Cb%3E&hide=*,%20a%7Bb",
    null,
  ],
  "percent signs": ["%E0%A4%A&%%%=%&train.batch=%zz", /Batch size/],
  "the same again and again": [`${"train.batch=8&".repeat(200)}seed=7`, null],
  "a text without end": [`method=${"x".repeat(5000)}`, /Method/],
  "what stands beside nothing": ["b=constructor&b.__proto__=1", /beside A/],
  "shapes that cannot be": ["shapes.count=1e99&shapes.__proto__=x", /./],
};

for (const [name, [query, said]] of Object.entries(ADDRESSES)) {
  test(`an address with ${name} opens a page that works`, async ({ page }) => {
    tries("address");
    await page.goto(`?${query}`);
    await expect
      .poll(async () => (await snapshot(page)).images, { timeout: 120_000 })
      .toBeGreaterThan(0);
    if (said) await expect(news(page)).toContainText(said);
    await page.evaluate(() => {
      const settings = { train: { batch: 8 }, encoder: { width: 4 } };
      window.twoviews.send({ type: "configure", settings });
    });
    await train(page, 1);
  });
}
