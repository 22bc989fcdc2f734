import { expect } from "@playwright/test";
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
const isolated = {
  isolated: true,
  device: /CPU, one thread.*this browser has no shared memory/,
};

test("an isolated page", async ({ keep }) => {
  const { address } = await keep(host(true));
  await visit(await keep(start()), address, isolated);
});

test("a page that is not isolated", async ({ keep }) => {
  const { address } = await keep(host(false));
  await visit(await keep(start()), address, {
    isolated: false,
    device: /CPU, one thread.*has not isolated this visit/,
  });
});

test("a browser whose language is no language", async ({ keep }) => {
  const { address } = await keep(host(true));
  const driver = await keep(start("C.UTF-8"));
  expect(await driver.evaluate(() => navigator.language)).toBe("C");
  await visit(driver, address, isolated);
});
