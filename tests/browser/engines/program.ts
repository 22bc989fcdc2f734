// A program that a test starts.
import { spawn, type ChildProcess } from "node:child_process";
import { LIMIT } from "./driver.ts";

/** It is in a group of its own, which ends with all that it has started. */
export class Program {
  readonly process: ChildProcess;
  /** What it has said, for errors. */
  said = "";
  readonly #name: string;
  readonly #kill = () => {
    try {
      process.kill(-this.process.pid!, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  };

  constructor(path: string, args: string[], env: NodeJS.ProcessEnv = {}) {
    this.#name = path;
    this.process = spawn(path, args, {
      detached: true,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const hear = (text: Buffer) => (this.said += text);
    this.process.stdout!.on("data", hear);
    this.process.stderr!.on("data", hear);
    this.process.on("error", (error) => (this.said += error));
    process.once("exit", this.#kill);
  }

  /** Waits for an answer of `ask`, which gives null until there is one. */
  async until<T>(ask: () => Promise<T | null>): Promise<T> {
    const end = Date.now() + LIMIT;
    while (Date.now() < end && this.process.exitCode === null) {
      const answer = await ask();
      if (answer !== null) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`${this.#name} did not start: ${this.said}`);
  }

  end(): void {
    process.off("exit", this.#kill);
    this.#kill();
  }
}
