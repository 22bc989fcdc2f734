// Who is measured: pages of one browser, and a native process. Each makes one step when asked.
import { execFileSync, spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { ownTime } from "./machine.mjs";
import { here } from "./paths.mjs";

/** Every peer, and whether it is slow where the GPU is software. */
export const PEERS = {
  "ours-cpu": { where: "wasm" },
  "ours-threads": { where: "wasm" },
  "ours-webgpu": { where: "webgpu" },
  "tfjs-wasm": { where: "wasm" },
  "tfjs-webgpu": { where: "webgpu" },
  "jaxjs-wasm": { where: "wasm", slow: true },
  "jaxjs-webgpu": { where: "webgpu" },
  torch: { where: "native", threads: 1 },
  "torch-threads": { where: "native", threads: 2 },
};

/** A page with a peer, in a process of its own. */
export class PagePeer {
  /** @param {import("playwright-core").Browser} browser */
  static async open(browser, server, name, start, images) {
    const context = await browser.newContext();
    const page = await context.newPage();
    const troubles = [];
    page.on("console", (message) => {
      if (message.type() === "error") troubles.push(message.text());
    });
    page.on("pageerror", (error) => troubles.push(String(error)));
    try {
      await page.goto(`${server.url}page/peer.html?peer=${name}`);
      await page.waitForFunction(() => window.bench);
      const about = await page.evaluate(
        ([start, images]) => window.bench.open(start, images),
        [start, images],
      );
      return new PagePeer(context, page, about, troubles);
    } catch (error) {
      await context.close();
      const reason = [error.message.split("\n")[0], ...troubles].join("; ");
      throw new Error(reason, { cause: error });
    }
  }

  constructor(context, page, about, troubles) {
    this.context = context;
    this.page = page;
    this.about = about;
    this.troubles = troubles;
  }

  /** Milliseconds of one step, of the clock and of all processors, and its loss. */
  step() {
    return withCpu(() => this.#ask(() => window.bench.step()));
  }

  count(steps) {
    return this.#ask((steps) => window.bench.count(steps), steps);
  }

  async #ask(work, given) {
    try {
      return await this.page.evaluate(work, given);
    } catch (error) {
      const reason = [error.message.split("\n")[0], ...this.troubles];
      throw new Error(reason.join("; "), { cause: error });
    }
  }

  close() {
    return this.context.close();
  }
}

/** PyTorch, in the first Python that has it. */
export class TorchPeer {
  static async open(file, threads) {
    const python = ["python3", "/usr/bin/python3"].find(hasTorch);
    if (!python) throw new Error("no python3 here has torch");
    const child = spawn(python, [resolve(here, "torch_peer.py"), file], {
      stdio: ["pipe", "pipe", "inherit"],
      env: {
        ...process.env,
        OMP_NUM_THREADS: String(threads),
        MKL_NUM_THREADS: String(threads),
      },
    });
    const lines = createInterface({ input: child.stdout });
    const peer = new TorchPeer(child, lines[Symbol.asyncIterator]());
    peer.about = await peer.#answer();
    return peer;
  }

  constructor(child, lines) {
    this.child = child;
    this.lines = lines;
  }

  step() {
    return withCpu(() => {
      this.child.stdin.write("step\n");
      return this.#answer();
    });
  }

  async #answer() {
    const { value, done } = await this.lines.next();
    if (done) throw new Error("PyTorch has ended");
    return JSON.parse(value);
  }

  async close() {
    this.child.stdin.end();
  }
}

function hasTorch(python) {
  try {
    execFileSync(python, ["-c", "import torch"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

async function withCpu(work) {
  const before = ownTime();
  const done = await work();
  return { ...done, cpu: before === null ? null : ownTime() - before };
}
