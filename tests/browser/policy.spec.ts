// Nobody in: what the page's policy forbids is stopped, whoever sent the policy, and is noticed.
import {
  expect,
  isTraining,
  open,
  test as base,
  TINY,
  train,
  tries,
} from "./fixtures.ts";
import { built, serve } from "./host.ts";

/** What an intruder would try in the page, and how the browser says that it is stopped: many of these by
 * Trusted Types, before another rule is asked. */
const TRIALS: Record<string, [told: RegExp, trial: (url: string) => unknown]> =
  {
    "a script that is written into the page": [
      /against script-src-elem|TrustedScript|trusted-types/,
      () => {
        const script = document.createElement("script");
        script.append("window.intruded = true");
        document.head.append(script);
      },
    ],
    "a handler in an element": [
      /against (script-src-attr|require-trusted-types-for)/,
      () => {
        const element = document.createElement("b");
        element.setAttribute("onclick", "window.intruded = true");
        element.click();
      },
    ],
    "a text as a program": [
      /against (script-src|require-trusted-types-for)/,
      () => setTimeout(() => new Function("window.intruded = true")()),
    ],
    "a text as HTML": [
      /against require-trusted-types-for/,
      () => {
        document.body.innerHTML += "<img src=x onerror='intruded = true'>";
      },
    ],
    "a script from elsewhere": [
      /against script-src-elem|TrustedScript|trusted-types/,
      (url) => {
        const script = document.createElement("script");
        script.src = url;
        document.head.append(script);
      },
    ],
    "a module from elsewhere": [
      /against script-src-elem/,
      (url) => import(url),
    ],
    "a worker from elsewhere": [
      /against (worker-src|require-trusted-types-for)/,
      (url) => new Worker(url),
    ],
    "a picture from elsewhere": [
      /against img-src/,
      (url) => {
        new Image().src = url;
      },
    ],
    "a style within the page": [
      /against style-src-elem/,
      () => {
        const style = document.createElement("style");
        style.append("body { display: none }");
        document.head.append(style);
      },
    ],
    "a request to elsewhere": [
      /against connect-src/,
      (url) => fetch(url, { method: "POST", body: "images" }),
    ],
    "a frame": [
      /against frame-src/,
      (url) => {
        const frame = document.createElement("iframe");
        frame.src = url;
        document.body.append(frame);
      },
    ],
    "a form": [
      /against form-action/,
      (url) => {
        const form = document.createElement("form");
        form.action = url;
        document.body.append(form);
        form.submit();
      },
    ],
    "another base of addresses": [
      /against base-uri/,
      (url) => {
        const base = document.createElement("base");
        base.href = url;
        document.head.append(base);
      },
    ],
  };

type Given = {
  /** Another server, and what it was asked for. */
  elsewhere: { url: string; asked: string[] };
  /** Errors in the console. */
  told: string[];
};

const test = base.extend<Given>({
  elsewhere: async ({}, use) => {
    const asked: string[] = [];
    const server = await serve({
      isolates: false,
      instead: async (path) => {
        if (path === "/stolen") asked.push(path);
        return path === "/stolen" ? "" : 404;
      },
    });
    await use({ url: `${server.address}stolen`, asked });
    await server.close();
  },
  told: async ({ page }, use) => {
    const told: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") told.push(message.text());
    });
    await use(told);
  },
});

// What this file tries is told as it is for every test: each would fail.
test.use({ tolerated: /./ });

for (const [from, headers] of [
  ["its server's headers", true],
  ["its own <meta>", false],
] as const) {
  test(`an intruder is stopped and noticed in a page with ${from}`, async ({
    page,
    host,
    elsewhere,
    told,
  }) => {
    tries("intruder");
    const instead = async (path: string) => {
      if (path !== "/") return null;
      const html = await built("index.html");
      return headers ? html.replace(/<meta http-equiv[^>]*>/, "") : html;
    };
    await open(page, TINY, await host({ isolates: headers, instead }));
    await train(page, 2);
    expect(told).toEqual([]);
    for (const [what, [sentence, trial]] of Object.entries(TRIALS)) {
      // What throws is stopped too.
      await page.evaluate(trial, elsewhere.url).catch(() => {});
      await expect
        .poll(() => told.join("\n"), { message: what })
        .toMatch(sentence);
      told.length = 0;
    }
    expect(await page.evaluate(() => "intruded" in window)).toBe(false);
    expect(elsewhere.asked).toEqual([]);
  });
}

test("a script that came with the page is not run", async ({
  page,
  host,
  told,
}) => {
  tries("intruder");
  const instead = async (path: string) =>
    path === "/"
      ? (await built("index.html")).replace(
          "</body>",
          "<script>window.intruded = true</script><b onclick='1'></b></body>",
        )
      : null;
  await open(page, TINY, await host({ isolates: false, instead }));
  expect(await page.evaluate(() => "intruded" in window)).toBe(false);
  expect(told.join("\n")).toContain("against script-src-elem: inline");
});

test("a worker cannot call out, nor run a text", async ({
  page,
  host,
  elsewhere,
  told,
}) => {
  tries("intruder");
  await open(page, TINY, await host({}));
  await train(page, 2);
  // Its threads sleep until they are called, and would not hear of this.
  const worker = page.workers().find(isTraining)!;
  told.length = 0;
  await worker.evaluate((url) => {
    void fetch(url).catch(() => {});
    setTimeout(() => {
      try {
        new Function("self.intruded = true")();
      } catch {
        // An error would end the worker.
      }
    });
  }, elsewhere.url);
  await expect.poll(() => told.join("\n")).toMatch(/connect-src/);
  await expect.poll(() => told.join("\n")).toMatch(/script-src|trusted-types/);
  expect(await worker.evaluate(() => "intruded" in self)).toBe(false);
  expect(elsewhere.asked).toEqual([]);
});

test("anyone may embed the page", async ({ page, host, elsewhere }) => {
  const url = await host({});
  await page.goto(elsewhere.url);
  await page.setContent(
    `<iframe src="${url}" width="1200" height="700"></iframe>`,
  );
  const play = page
    .frameLocator("iframe")
    .getByRole("button", { name: "Play", exact: true });
  await expect(play).toBeEnabled({ timeout: 180_000 });
});
