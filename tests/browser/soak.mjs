// Uses the built page for as long as it takes a leak to show: restarts, switches of method and of backend, images
// added and cleared, two runs, sessions saved and opened, reloads. After each round it measures what the page holds,
// and fails if that grows.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { chromium } from "@playwright/test";
import { judge, LEAST } from "./flat.mjs";
import { countInWorkers, held } from "./heap.mjs";
import { launch } from "./launch.mjs";
import { leak } from "./leak.mjs";
import * as use from "./uses.mjs";

const rounds = Number(process.argv[2] ?? 50);
const leaks = process.argv.includes("leak");
/** Names of what is done; all without any. */
const only = process.argv.slice(3).filter((name) => name !== "leak");

/** @typedef {import("@playwright/test").Page} Page */

/**
 * What is done, so many times, in one tab.
 * @typedef {{
 *   name: string, about: string, backend: string, times?: number, round(page: Page, i: number): Promise<unknown>,
 * }} Visit
 */

const folder = mkdtempSync(join(tmpdir(), "twoviews-soak-"));
/** @type {Visit[]} */
const VISITS = [
  {
    name: "visit",
    about:
      "each round a restart and another method; images added and cleared, or two runs; every third a session saved and opened",
    backend: "cpu",
    round: async (page, i) => {
      await use.restart(page);
      await use.switchMethod(page, i);
      await (i % 2 === 0 ? use.bringImages(page) : use.trainTwo(page));
      if (i % 3 === 0) await use.saveAndOpen(page, folder);
      await use.deleteKept(page);
    },
  },
  {
    name: "reloads",
    about: "each round some steps, a reload, and the session gone on with",
    backend: "cpu",
    round: use.reload,
  },
  {
    name: "webgpu",
    about: "each round a restart and some steps, on WebGPU",
    backend: "webgpu",
    round: async (page) => {
      await use.restart(page);
      await use.train(page, 2);
      await use.deleteKept(page);
    },
  },
  {
    name: "backends",
    about:
      "each round a switch to WebGPU and one back to the CPU, which trains",
    backend: "webgpu",
    times: 0.5,
    round: async (page) => {
      await use.switchBackend(page, "webgpu");
      await use.switchBackend(page, "cpu");
      await use.train(page, 2);
      await use.deleteKept(page);
    },
  },
];

/** What went wrong, one sentence each. */
const faults = /** @type {string[]} */ ([]);
/** @param {string} what */
function fail(what) {
  faults.push(what);
  console.error(what);
}
/** What was not done, and why. */
const skipped = /** @type {string[]} */ ([]);

/** Opens the page, does a visit's rounds, and prints what was held after them. @param {Visit} visit */
async function soak({ name, about, backend, times = 1, round }) {
  const since = performance.now();
  const webgpu = backend === "webgpu";
  const browser = await chromium.launch(launch({ webgpu }));
  const page = await browser.newPage();
  page.setDefaultTimeout(webgpu ? 300_000 : 120_000);
  page.on("pageerror", (error) => fail(`${name}: ${error.message}`));
  await countInWorkers(page);
  const processes = await browser.newBrowserCDPSession();
  const samples = /** @type {import("./flat.mjs").Sample[]} */ ([]);
  const all = Math.ceil(rounds * times);
  let silent = 0;
  try {
    if (webgpu && !(await hasAdapter(page))) {
      skipped.push(`${name}: this browser has no adapter for WebGPU`);
      return;
    }
    console.log(`\n${name}, ${all} rounds: ${about}`);
    await use.visit(page, backend);
    for (let i = 1; i <= all; i++) {
      await round(page, i);
      if (leaks) await leak(page, i);
      const sample = await measure(page, processes);
      silent += sample.silent;
      samples.push(sample);
      const seconds = (performance.now() - since) / 1000;
      if (i % 10 === 0) console.log(`round ${i}, ${seconds.toFixed(0)} s`);
    }
  } catch (error) {
    const { message, stack } = /** @type {Error} */ (error);
    const [why] = message.split("\n");
    const [where = "somewhere"] =
      /\w+ \(.*uses\.mjs:\d+/.exec(stack ?? "") ?? [];
    const is = await page
      .evaluate(() => {
        const { a, b } = window.twoviews.runs;
        return JSON.stringify([a, b].map((run) => run.snapshot()));
      })
      .catch(String);
    fail(`${name}, round ${samples.length + 1}, ${where}: ${why}\n${is}`);
    return;
  } finally {
    await page.context().unrouteAll({ behavior: "ignoreErrors" });
    await browser.close();
  }
  const found = judge(samples);
  console.log(found.table);
  for (const fault of found.faults) fail(`${name}: ${fault}`);
  // What is not measured is not flat.
  if (silent > 0) {
    fail(`${name}: ${silent} times a worker has told nothing`);
  }
}

/** @param {Page} page */
async function hasAdapter(page) {
  await page.goto(new URL("manifest.webmanifest", use.address).href);
  return page.evaluate(
    async () => (await navigator.gpu?.requestAdapter()) != null,
  );
}

/**
 * What is held now.
 * @param {Page} page
 * @param {import("@playwright/test").CDPSession} processes
 */
async function measure(page, processes) {
  const now = await held(page);
  const storage = await page.evaluate(
    async () => (await navigator.storage.estimate()).usage ?? 0,
  );
  const { processInfo } = await processes.send("SystemInfo.getProcessInfo");
  /** @param {string} type */
  const resident = (type) =>
    processInfo
      .filter((one) => one.type === type)
      .reduce((sum, { id }) => sum + residentOf(id), 0);
  return {
    ...now,
    storage,
    tab: resident("renderer"),
    card: resident("GPU"),
  };
}

/**
 * Memory that a process has of its own, in bytes: 0 where the system does not tell.
 * @param {number} id
 */
function residentOf(id) {
  try {
    const status = readFileSync(`/proc/${id}/status`, "utf8");
    return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

if (Math.ceil(rounds / 2) < LEAST) {
  console.error(`Too few rounds to judge: at least ${2 * LEAST}.`);
  process.exit(1);
}
for (const visit of VISITS) {
  if (only.length === 0 || only.includes(visit.name)) await soak(visit);
}
rmSync(folder, { recursive: true });
console.log();
for (const what of skipped) console.log(`skipped: ${what}`);
console.log(faults.length ? "Not flat." : "All of it is flat.");
process.exitCode = faults.length ? 1 : 0;
