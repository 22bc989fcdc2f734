// Slow motion: a step in its stages, for the first minutes of a lecture.
import {
  button,
  drawer,
  expect,
  open,
  snapshot,
  test,
  TINY,
  untilState,
} from "./fixtures.ts";

test("a step goes stage by stage, and tells nothing ahead of its stage", async ({
  page,
}) => {
  await open(page, TINY);
  const more = await drawer(page, "More");
  await more.getByRole("switch", { name: "Slow motion" }).click();
  await page.keyboard.press("Escape");
  const strip = page.getByRole("region", { name: "Pipeline in a line" });
  const stage = strip.getByRole("status");
  await expect(stage).toContainText("press Stage");
  const pane = page.getByRole("region", { name: "Run A", exact: true });
  await button(page, "Stage").click();
  await expect(stage).toContainText("Views:");
  await expect(page.getByRole("img", { name: /view/i }).first()).toBeVisible();
  await page.keyboard.press(".");
  await expect(stage).toContainText("Networks:");
  // The step is done by now, and nothing of it is told yet.
  await untilState(page, "paused");
  expect((await snapshot(page)).step).toBe(0);
  await page.keyboard.press(".");
  await expect(stage).toContainText("Loss:");
  await expect.poll(async () => (await snapshot(page)).step).toBe(1);
  expect((await snapshot(page)).loss?.total).toBeGreaterThan(0);
  await expect(pane).not.toContainText(", step 1");
  await page.keyboard.press(".");
  await expect(stage).toContainText("Update:");
  await expect(pane).toContainText(", step 1");
  // The next one begins anew; Play goes on at its usual pace.
  await page.keyboard.press(".");
  await expect(stage).toContainText("Views:");
  await button(page, "Play").click();
  await expect(stage).toContainText("press Stage");
  await expect.poll(async () => (await snapshot(page)).step).toBeGreaterThan(3);
});
