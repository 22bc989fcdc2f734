import { firefox } from "./firefox.ts";
import { host } from "./host.ts";
import { test, visit } from "./visit.ts";

const { FIREFOX } = process.env;
test.skip(!FIREFOX, "there is no Firefox: name one in FIREFOX");

test("an isolated page", async ({ keep }) => {
  const { address } = await keep(host(true));
  await visit(await keep(firefox(FIREFOX!)), address, {
    isolated: true,
    language: /^en/,
    device: /CPU, (one thread|\d+ threads)/,
  });
});

test("a page that is not isolated", async ({ keep }) => {
  const { address } = await keep(host(false));
  await visit(await keep(firefox(FIREFOX!)), address, {
    isolated: false,
    language: /^en/,
    device: /CPU, one thread/,
  });
});
