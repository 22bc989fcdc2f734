import { host } from "./host.ts";
import { test, visit } from "./visit.ts";
import { webkit } from "./webkit.ts";

const { WEBKIT_DRIVER, XVFB } = process.env;
test.skip(
  !WEBKIT_DRIVER || !XVFB,
  "there is no WebKit: name WebKitWebDriver in WEBKIT_DRIVER, and Xvfb in XVFB",
);
const start = (locale?: string) => webkit(WEBKIT_DRIVER!, XVFB!, locale);

// It lacks SharedArrayBuffer although isolated.
const device = /CPU, one thread/;

test("an isolated page", async ({ keep }) => {
  const { address } = await keep(host(true));
  await visit(await keep(start()), address, {
    isolated: true,
    language: "en-US",
    device,
  });
});

test("a page that is not isolated", async ({ keep }) => {
  const { address } = await keep(host(false));
  await visit(await keep(start()), address, {
    isolated: false,
    language: "en-US",
    device,
  });
});

test("a browser whose language is no language", async ({ keep }) => {
  const { address } = await keep(host(true));
  await visit(await keep(start("C.UTF-8")), address, {
    isolated: true,
    language: /^C$/,
    device,
  });
});
