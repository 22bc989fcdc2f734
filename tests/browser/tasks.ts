// What the page's thread computes.
import { expect, type Browser, type Page } from "@playwright/test";

/**
 * Milliseconds that each task on the page's thread computed during `work`, the longest first. Not
 * time that passed: how busy the machine is does not count.
 */
export async function computed(
  browser: Browser,
  page: Page,
  work: () => Promise<unknown>,
): Promise<number[]> {
  await browser.startTracing(page, {
    categories: ["toplevel", "devtools.timeline"],
  });
  await work();
  const trace = JSON.parse((await browser.stopTracing()).toString());
  const events: Traced[] = trace.traceEvents;
  const threads = events
    .filter(
      ({ name, args }) =>
        name === "thread_name" && args.name === "CrRendererMain",
    )
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const tasks = events
    .filter(({ pid, tid }) => threads.includes(`${pid} ${tid}`))
    .filter(({ tdur }) => tdur !== undefined)
    .map(({ tdur }) => tdur! / 1000)
    .sort((a, b) => b - a);
  expect(tasks.length).toBeGreaterThan(100);
  console.log(`    longest task: ${Math.round(tasks[0])} ms of computing`);
  return tasks;
}

/** An event of Chromium's trace; times in microseconds. */
type Traced = {
  name: string;
  pid: number;
  tid: number;
  args: { name?: string };
  tdur?: number;
};
