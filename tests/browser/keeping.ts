// Words for tests of what is kept on the device.
import type { Locator, Page } from "@playwright/test";
import { button, expect, snapshot, train } from "./fixtures.ts";

export const offer = (page: Page): Locator =>
  page.getByRole("dialog", { name: "Go on?", exact: true });

/** What is kept on the device: names of files and of databases. */
export const stored = (
  page: Page,
): Promise<{ files: string[]; databases: string[] }> =>
  page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const files: string[] = [];
    for await (const [, folder] of (root as any).entries()) {
      for await (const name of (folder as any).keys()) files.push(name);
    }
    const databases = (await indexedDB.databases()).map(({ name }) => name!);
    return { files, databases };
  });

/** The session that is kept, as far as these tests use it. */
type Kept = {
  version: number;
  body: { about: { step: number; kept: number }; beside: string };
  parts: { name: string; files: { file: string }[] }[];
};

/** The session that is kept; null if there is none. `change` is made of it, and kept instead. */
export const kept = (
  page: Page,
  change: Record<string, unknown> = {},
): Promise<Kept | null> =>
  page.evaluate(async (change) => {
    const known = await indexedDB.databases();
    if (!known.some(({ name }) => name === "twoviews")) return null;
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const db = await done(indexedDB.open("twoviews"));
    try {
      const slots = () =>
        db.transaction("slots", "readwrite").objectStore("slots");
      const now = await done(slots().get("now"));
      if (now && Object.keys(change).length > 0) {
        await done(slots().put({ ...now, ...change }, "now"));
      }
      return now ?? null;
    } finally {
      db.close();
    }
  }, change);

export const untilSaved = (page: Page, step: number) =>
  expect.poll(async () => (await kept(page))?.body.about.step).toBe(step);

/** Trains so many steps, and waits until they are kept. */
export async function trainAndKeep(page: Page, steps: number) {
  const there = await train(page, steps);
  await untilSaved(page, there.step);
  return there;
}

/** From here on the page keeps what a run loses at each step, whatever run it is. */
export async function record(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const run of ["a", "b"] as const) {
      const all: Record<number, string> = {};
      Object.assign(window, { [`recorded-${run}`]: all });
      window.twoviews.runs[run].on("stepped", ({ losses }) => {
        for (const { step, total, terms } of losses) {
          all[step] = JSON.stringify([total, terms]);
        }
      });
    }
  });
}
export const recorded = (page: Page, run: "a" | "b" = "a") =>
  page.evaluate(
    (run) => (window as any)[`recorded-${run}`] as Record<number, string>,
    run,
  );

export const first = (losses: Record<number, string>, upTo: number) =>
  Array.from({ length: upTo }, (_, i) => losses[i + 1]);

/** The losses of a run of so many steps that nothing disturbs. */
export async function whole(page: Page, upTo: number) {
  await record(page);
  await train(page, upTo);
  return first(await recorded(page), upTo);
}

/** Opens the page again; it is there, with its offer. */
export async function reload(page: Page): Promise<void> {
  await page.reload();
  await offered(page);
}
export async function offered(page: Page): Promise<void> {
  await expect(offer(page)).toBeVisible();
  await expect(button(page, "Play")).toBeEnabled();
}

/** From here on the page starts afresh whenever it offers to go on: whether it does depends on how fast the last
 * visit was kept. */
export const startsAfresh = (page: Page): Promise<void> =>
  page.addLocatorHandler(offer(page), (dialog) =>
    dialog.getByRole("button", { name: "Start afresh" }).click(),
  );

export async function goOn(page: Page): Promise<void> {
  await offer(page).getByRole("button", { name: "Go on", exact: true }).click();
  await expect(offer(page)).toBeHidden();
}

export const at = (page: Page, step: number) =>
  expect.poll(async () => (await snapshot(page)).step).toBe(step);
