// The benchmark: `cargo xtask bench` builds what it needs and runs it.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { launch } from "../browser/launch.mjs";
import { bundle } from "./lib/bundle.mjs";
import { Crate } from "./lib/crate.mjs";
import { describe, watchOthers } from "./lib/machine.mjs";
import { here, out } from "./lib/paths.mjs";
import { PEERS } from "./lib/peers.mjs";
import { Report, percent } from "./lib/report.mjs";
import { Server } from "./lib/server.mjs";

const SECTIONS = [
  "step",
  "methods",
  "start",
  "decode",
  "augment",
  "scale",
  "two",
  "map",
  "growth",
  "memory",
  "foreseen",
];

const { devDependencies: libraries } = JSON.parse(
  readFileSync(resolve(here, "package.json"), "utf8"),
);

const { values } = parseArgs({
  options: {
    only: { type: "string", default: SECTIONS.join() },
    peers: { type: "string", default: Object.keys(PEERS).join() },
    rounds: { type: "string", default: "7" },
    images: { type: "string" },
    slow: { type: "boolean", default: false },
  },
});

const options = {
  only: chosen("--only", values.only, SECTIONS),
  peers: chosen("--peers", values.peers, Object.keys(PEERS)),
  rounds: Number(values.rounds),
  images: values.images,
  slow: values.slow,
};
if (!(options.rounds >= 1)) throw new Error("--rounds is a number from 1 on");

function chosen(option, text, known) {
  const names = text.split(",");
  const strange = names.filter((name) => !known.includes(name));
  if (strange.length === 0) return known.filter((name) => names.includes(name));
  console.error(`${option} takes some of ${known.join()}, not ${strange}`);
  process.exit(2);
}

/** What is measured, on what, and how busy that was before. */
async function tellMachine(browser) {
  const machine = await describe(browser);
  report.record({ ...machine, libraries });
  const { date, commit, cpu, cores, node, load, others } = machine;
  console.log(`   ${date}, commit ${commit ?? "unknown"}`);
  console.log(`   ${cores} x ${cpu}; Chromium ${browser}, Node ${node}`);
  const versions = Object.entries(libraries).map((pair) => pair.join(" "));
  console.log(`   ${versions.join(", ")}`);
  const loads = load.map((value) => value.toFixed(2)).join(", ");
  console.log(
    `   before: load ${loads}; others take ${percent(others)} of all processors`,
  );
  return others;
}

const report = new Report(resolve(out, "bench.jsonl"));
await bundle();
const server = await new Server().start();
const browser = await chromium.launch(launch({ webgpu: true }));
try {
  const others = await tellMachine(browser.version());
  const crate = await Crate.open(browser, server);
  const bench = { report, options, browser, server, crate, others };
  for (const name of options.only) {
    const meanwhile = watchOthers();
    try {
      const { default: section } = await import(`./sections/${name}.mjs`);
      await section(bench);
    } catch (error) {
      report.fault(error.stack);
    }
    report.note(`meanwhile others took ${percent(meanwhile())}`);
  }
  await crate.close();
} finally {
  await browser.close();
  server.stop();
}
if (report.faults.length > 0) {
  console.error(`\n${report.faults.length} wrong:`);
  for (const fault of report.faults) console.error(`- ${fault}`);
  process.exitCode = 1;
}
