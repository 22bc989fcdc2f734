import { firefox } from "./firefox.ts";
import { host } from "./host.ts";
import { test, visit } from "./visit.ts";

const { FIREFOX } = process.env;
test.skip(!FIREFOX, "there is no Firefox: name one in FIREFOX");

test("an isolated page", async ({ keep }) => {
  const { address } = await keep(host(true));
  const driver = await keep(firefox(FIREFOX!));
  const processors = await driver.evaluate(() => navigator.hardwareConcurrency);
  await visit(driver, address, {
    isolated: true,
    device: processors > 1 ? /CPU, \d+ threads/ : /CPU, one thread/,
  });
});

test("a page that is not isolated", async ({ keep }) => {
  const { address } = await keep(host(false));
  const driver = await keep(firefox(FIREFOX!));
  await visit(driver, address, {
    isolated: false,
    device: /CPU, one thread.*has not isolated this visit/,
  });
});
