// The loss, small and large: read step by step, beside another run, and as a table.
import {
  drawer,
  expect,
  losses,
  open,
  recordLosses,
  test,
  train,
  curve,
} from "./fixtures.ts";

test("the loss of a step is read by keys and by pointer, as it is", async ({
  page,
}) => {
  await open(page);
  await recordLosses(page);
  await train(page, 12);
  const values = await losses(page);
  const loss = await drawer(page, "Loss of A");
  const curve = loss.getByRole("slider", { name: /^The loss over the steps/ });
  const total = loss.getByRole("row").filter({ hasText: "total" });
  await curve.focus();
  await page.keyboard.press("Home");
  await expect(
    loss.getByRole("columnheader", { name: "step 1" }),
  ).toBeVisible();
  const read = async () =>
    Number(await total.getByRole("cell").last().innerText());
  expect(await read()).toBeCloseTo(values[0]!, 2);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(
    loss.getByRole("columnheader", { name: "step 3" }),
  ).toBeVisible();
  await expect(curve).toHaveAttribute("aria-valuenow", "3");
  expect(await read()).toBeCloseTo(values[2]!, 2);
  await curve.hover({ position: { x: 400, y: 100 } });
  await expect(
    loss.getByRole("columnheader", { name: /^step \d+$/ }),
  ).not.toHaveText("step 3");
});

test("the table twin has a row for each step, and is copied with tabs", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page);
  const values = await curve(page, 6);
  const loss = await drawer(page, "Loss of A");
  await loss.getByText("As a table").click();
  const rows = loss
    .getByRole("group", { name: "Loss by step" })
    .getByRole("row");
  await expect(rows).toHaveCount(values.length + 1);
  await loss.getByRole("button", { name: "Copy" }).click();
  await expect(loss.getByRole("status")).toHaveText("Copied.");
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const [head, first] = text.split("\n");
  expect(head).toBe("step\ttotal\tattraction\trepulsion");
  expect(Number(first!.split("\t")[1])).toBeCloseTo(values[0]!, 5);
});

test("small, the loss stands beside its chance level", async ({ page }) => {
  await open(page);
  await train(page, 2);
  // 16 images a step: ln 31.
  const large = page.getByRole("button", {
    name: /^Loss of A, now \d.*, at chance 3\.43: open large$/,
  });
  await expect(large).toBeVisible();
});
