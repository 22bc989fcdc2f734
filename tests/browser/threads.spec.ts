// Several threads where they can be had, else one: with nothing lost, and the reason on the page.
import {
  button,
  cards,
  choose,
  curve,
  expect,
  open,
  snapshot,
  test,
  TINY,
  train,
  untilStep,
  watchCards,
  drawer,
  says,
  tries,
} from "./fixtures.ts";
import { startsAfresh } from "./keeping.ts";
import { built, filesOf } from "./host.ts";

test.beforeEach(async ({ page }) => {
  const threads = await page.evaluate(() => navigator.hardwareConcurrency);
  test.skip(threads < 2, "this machine has one processor");
});

/** Has the training worker and its threads run `code` before all else. */
const inWorkers = (code: string) => async (path: string) =>
  /\/worker-.*\.js$/.test(path) ? `${code};\n${await built(path)}` : null;

test.describe("a host that isolates nothing", () => {
  test.use({ serviceWorkers: "allow" });

  test("gives threads from the second visit on, which compute the same bit for bit", async ({
    page,
    host,
  }) => {
    const url = await host({ isolates: false });
    await watchCards(page);
    await open(page, TINY, url);
    const methods = (await cards(page)).filter(({ id }) =>
      ["simclr", "byol", "cpc"].includes(id),
    );
    expect(methods).toHaveLength(3);
    const curves = async (name: RegExp) => {
      const all: Record<string, number[]> = {};
      for (const card of methods) {
        await choose(page, card);
        all[card.id] = await curve(page, 4);
        expect((await snapshot(page)).error).toBeNull();
      }
      await says(page, name);
      return all;
    };
    const alone = await curves(/CPU, one thread/);
    const why = /one thread: the browser has not isolated this visit/;
    await says(page, why);
    await page.evaluate(() => navigator.serviceWorker.ready);
    await startsAfresh(page);
    await open(page, TINY, url);
    expect(await curves(/CPU, \d+ threads/)).toEqual(alone);
    const more = await drawer(page, "More");
    await expect(more.getByText(/one thread/)).toHaveCount(0);
  });
});

test("an isolated page has threads at the first visit", async ({
  page,
  host,
}) => {
  await open(page, TINY, await host({}));
  await train(page, 3);
  await says(page, /CPU, \d+ threads/);
});

test("any number of the threads computes the same bit for bit", async ({
  page,
  host,
}) => {
  await open(page, TINY, await host({}));
  const all = await curve(page, 4);
  await expect(page.getByText(/CPU, \d+ threads/).first()).toBeVisible();
  for (const count of [1, 99]) {
    await page.evaluate(
      (count) => window.twoviews.send({ type: "threads", count }),
      count,
    );
    expect(await curve(page, 4), `${count} threads`).toEqual(all);
  }
});

test("less memory that is shared than asked for is enough", async ({
  page,
  host,
}) => {
  tries("threads");
  // As iOS refuses two gigabytes.
  const instead = inWorkers(`{
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(options) {
        if (options.maximum > 8192) throw new RangeError("refused by the test");
        super(options);
      }
    };
  }`);
  await open(page, TINY, await host({ instead }));
  await train(page, 3);
  await says(page, /CPU, \d+ threads/);
});

/** What keeps threads from a page that is isolated, and how the page says so. */
const LACKS: Record<string, [code: string, reason: RegExp]> = {
  "refuses shared memory": [
    `{
      const { Memory } = WebAssembly;
      WebAssembly.Memory = class extends Memory {
        constructor(options) {
          if (options.shared) throw new RangeError("refused by the test");
          super(options);
        }
      };
    }`,
    /one thread: .*refuses shared memory.*refused by the test/,
  ],
  "lets workers start no workers": [
    "delete self.Worker",
    /one thread: .*Worker is not defined/,
  ],
  "has threads that fail at their start": [
    'if (location.hash) throw new Error("broken by the test")',
    /one thread: .*broken by the test/,
  ],
  "has threads that cannot load the core": [
    'if (location.hash) WebAssembly.Instance = WebAssembly.instantiate = () => { throw new Error("broken by the test") }',
    /one thread: .*broken by the test/,
  ],
  "has threads that never answer": [
    "if (location.hash) self.addEventListener = () => {}",
    /one thread: .*no answer within/,
  ],
};

for (const [lack, [code, reason]] of Object.entries(LACKS)) {
  test(`a browser that ${lack} gets one, and says why`, async ({
    page,
    host,
  }) => {
    tries("threads");
    await open(page, TINY, await host({ instead: inWorkers(code) }));
    expect(await snapshot(page)).toMatchObject({ images: 64, error: null });
    await train(page, 3);
    await says(page, /CPU, one thread/);
    await says(page, reason);
  });
}

test("a browser that isolates without shared memory gets one, and says why", async ({
  page,
  host,
}) => {
  tries("threads");
  // As WebKitGTK.
  await page.addInitScript("delete self.SharedArrayBuffer");
  const instead = inWorkers("delete self.SharedArrayBuffer");
  await open(page, TINY, await host({ instead }));
  await train(page, 3);
  const why = /one thread: this browser has no shared memory/;
  await says(page, why);
});

test("a browser that does not count its processors gets one, and says why", async ({
  page,
  host,
}) => {
  tries("threads");
  await page.addInitScript("delete Navigator.prototype.hardwareConcurrency");
  await open(page, TINY, await host({}));
  await train(page, 3);
  const why = /one thread: this device has one processor/;
  await says(page, why);
});

test("a core with threads that cannot be fetched costs the threads", async ({
  page,
  host,
}) => {
  tries("threads");
  const [, ...wasm] = await filesOf("threads");
  const instead = async (path: string) => (wasm.includes(path) ? 503 : null);
  const url = await host({ instead });
  await open(page, TINY, url);
  await train(page, 3);
  await says(page, /one thread: .*\(503\)/);
});

test.describe("a browser that never comes back from making workers in workers", () => {
  // As Firefox, now and then. Another worker takes the place of that which waits.
  test.use({ tolerated: /worker has died/ });

  test("gets one thread, and says why", async ({ page, host }) => {
    tries("threads");
    const code = "self.Worker = class { constructor() { for (;;); } }";
    await open(page, TINY, await host({ instead: inWorkers(code) }));
    await train(page, 3);
    await says(page, /one thread: .*did not make them within/);
  });

  test("gets its threads if that happens once", async ({ page, host }) => {
    tries("threads");
    const code = `{
      const asked = new XMLHttpRequest();
      asked.open("GET", "/asked-once", false);
      asked.send();
      if (asked.status === 418) self.Worker = class { constructor() { for (;;); } };
    }`;
    let asked = 0;
    await page
      .context()
      .route("**/asked-once", (route) =>
        route.fulfill({ status: asked++ === 0 ? 418 : 200 }),
      );
    await open(page, TINY, await host({ instead: inWorkers(code) }));
    await train(page, 3);
    await says(page, /CPU, \d+ threads/);
    expect(asked).toBeGreaterThan(1);
  });
});

test.describe("a thread that dies", () => {
  // The worker that began is not the one that goes on.
  test.use({ tolerated: /worker has died|killed by the test/ });

  test("is told, and the run goes on in one", async ({ page, host }) => {
    tries("threads");
    // Each worker but the first runs a thread: those end at once.
    const [script] = await filesOf("threads");
    const instead = async (path: string) =>
      path === script
        ? (await built(path)).replace(
            /export function run_thread\(\) {/,
            '$& throw new Error("killed by the test");',
          )
        : null;
    await open(page, TINY, await host({ instead }));
    await expect(page.getByText(/killed by the test/).first()).toBeVisible();
    await button(page, "Play").click();
    await untilStep(page, 3);
    const why = /one thread: .*killed by the test/;
    await says(page, why);
  });
});
