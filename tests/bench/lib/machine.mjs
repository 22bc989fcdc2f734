// What the machine is, how busy it is, and what our own processes take of it. Linux only where it
// reads /proc; elsewhere those figures are null.
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import os from "node:os";
import { here } from "./paths.mjs";

/** Others take less than this of an idle machine. */
const IDLE = 0.05;

/** Whether a machine is idle of which others take so much, as far as that is known. */
export const isIdle = (others) => others !== null && others < IDLE;

/** Milliseconds of a tick of /proc, on every Linux that a browser runs on. */
const TICK = 10;

const read = (path) => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
};

/** Milliseconds that all processors were at work since the machine started. */
function busyTime() {
  const line = read("/proc/stat")?.split("\n", 1)[0];
  if (!line) return null;
  const [user, nice, system, , , irq, softirq] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) * TICK;
}

/** Processor time by process, of this one and all it has started, as last seen. */
const seen = new Map();

/** Processor time of this process and all it has started, in milliseconds. */
export function ownTime() {
  if (!read("/proc/self/stat")) return null;
  const children = new Map();
  const times = new Map();
  for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const text = read(`/proc/${id}/stat`);
    if (!text) continue;
    // The name before these fields may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const parent = fields[1];
    children.set(parent, [...(children.get(parent) ?? []), id]);
    times.set(id, TICK * (Number(fields[11]) + Number(fields[12])));
  }
  const note = (id) => {
    if (times.has(id)) seen.set(id, times.get(id));
    for (const child of children.get(id) ?? []) note(child);
  };
  note(String(process.pid));
  return [...seen.values()].reduce((sum, time) => sum + time, 0);
}

/** From here on: how much of the machine others take, as a share of all processors. */
export function watchOthers() {
  const start = { at: performance.now(), busy: busyTime(), own: ownTime() };
  // Browsers come and go meanwhile; what they took must be seen before they end.
  const timer = setInterval(ownTime, 1000);
  return () => {
    clearInterval(timer);
    if (start.busy === null) return null;
    const passed = (performance.now() - start.at) * os.cpus().length;
    const others = busyTime() - start.busy - (ownTime() - start.own);
    return Math.min(1, Math.max(0, others / passed));
  };
}

function commit() {
  try {
    const git = ["rev-parse", "--short", "HEAD"];
    return execFileSync("git", git, { cwd: here, encoding: "utf8" }).trim();
  } catch {
    return null;
  }
}

/** What was measured on, and how busy it was before. */
export async function describe(browser) {
  const others = watchOthers();
  await new Promise((resolve) => setTimeout(resolve, 2000));
  return {
    date: new Date().toISOString(),
    cpu: os.cpus()[0].model,
    cores: os.cpus().length,
    memory: os.totalmem(),
    load: os.loadavg(),
    others: others(),
    commit: commit(),
    node: process.version,
    browser,
  };
}

/** Bytes that some processes hold for themselves: code and files of the browser do not count. */
export function memoryOf(processes) {
  let bytes = 0;
  for (const id of processes) {
    const held = /^RssAnon:\s+(\d+)/m.exec(read(`/proc/${id}/status`) ?? "");
    bytes += 1024 * Number(held?.[1] ?? 0);
  }
  return bytes || null;
}

/** The most that they hold at once while `work` goes on. */
export async function peakMemory(processes, work) {
  let peak = null;
  const look = () => (peak = Math.max(peak, memoryOf(processes)) || null);
  const timer = setInterval(look, 50);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return peak;
}
