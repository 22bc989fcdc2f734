// What is given away: an address, a line of markup, a code for phones; and what they leave out.
import { button, drawer, expect, open, test, TINY } from "./fixtures.ts";

test("an address without some parts shows the page without them", async ({
  page,
}) => {
  await open(page, TINY);
  await expect(page.getByText("Colour by")).toBeVisible();
  const share = await drawer(page, "Share");
  await share.getByRole("checkbox", { name: "without labels" }).check();
  await share.getByRole("checkbox", { name: "without loss" }).check();
  await share
    .getByRole("checkbox", { name: "without what stands beside A" })
    .check();
  const address = share.getByRole("textbox", { name: /^Whoever opens/ });
  await expect(address).toHaveValue(/&hide=labels,loss,b$/);
  await expect(share.getByRole("textbox", { name: /^In a page/ })).toHaveValue(
    /^<iframe src="http.*&amp;hide=labels,loss,b" /,
  );
  const code = share.getByRole("img", { name: "QR code of the address" });
  const size = () =>
    code.evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(size).toBeGreaterThan(20);
  await page.goto(await address.inputValue());
  await expect(button(page, "Play")).toBeEnabled();
  await expect(page.getByText("Colour by")).toHaveCount(0);
  await expect(button(page, "Loss of A")).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Run A" })).toBeVisible();
  await expect(page.getByRole("region", { name: "Run B" })).toHaveCount(0);
  // The rest has its place, and the address stays as it came.
  await expect(page.getByText("kNN of h").first()).toBeInViewport();
  expect(page.url()).toMatch(/hide=labels(,|%2C)loss(,|%2C)b/);
});

test("what is no part of the page is named", async ({ page }) => {
  await open(page, { ...TINY, hide: "views,veiws" });
  await expect(
    page.getByText(/“veiws” is no part of the page.*views, clicked/),
  ).toBeVisible();
  await expect(button(page, "Change")).toHaveCount(0);
});

test("in a page of one's own it trains", async ({ page, host }) => {
  // Without an icon of its own a browser asks for one.
  const line = `<link rel="icon" href="data:,"><iframe src="./?${new URLSearchParams(
    {
      ...TINY,
      hide: "pipeline",
    } as unknown as Record<string, string>,
  )}" width="1280" height="720"></iframe>`;
  const address = await host({
    isolates: false,
    instead: async (path) => (path === "/embed.html" ? line : null),
  });
  await page.goto(`${address}embed.html`);
  const inside = page.frameLocator("iframe");
  await inside.getByRole("button", { name: "Play", exact: true }).click();
  await expect(inside.getByText(/Epoch \d+ of 1,?000/)).toBeVisible();
  await expect(
    inside.getByRole("button", { name: "Pause", exact: true }),
  ).toBeVisible();
});
