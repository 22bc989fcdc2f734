// A browser of its own with the page in a tab that nobody sees: Playwright has each of its pages believe that it
// is in front.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch } from "./launch.mjs";

/** The page in a tab behind another. */
export type Hidden = {
  evaluate<T>(expression: string): Promise<T>;
  /** Brings the other tab to the front. */
  hide(): Promise<void>;
  close(): Promise<void>;
};

type Reply = { targetId: string; sessionId: string; result: { value: never } };

/** Opens `address` in front. */
export async function openAlone(address: string): Promise<Hidden> {
  const { executablePath, args } = launch({ webgpu: false });
  const profile = mkdtempSync(join(tmpdir(), "twoviews-hidden-"));
  const own = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe"];
  const browser = spawn(
    executablePath!,
    [...args, ...own, `--user-data-dir=${profile}`, "about:blank"],
    { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] },
  );
  const waiting = new Map<
    number,
    { resolve(reply: Reply): void; reject(error: Error): void }
  >();
  let came = "";
  browser.stdio[4]!.on("data", (data) => {
    const messages = (came + data).split("\0");
    came = messages.pop()!;
    for (const message of messages) {
      const { id, result, error } = JSON.parse(message);
      if (error) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result);
    }
  });
  const { 3: pipe } = browser.stdio as unknown as NodeJS.WritableStream[];
  let count = 0;
  const send = (method: string, params: object, sessionId?: string) =>
    new Promise<Reply>((resolve, reject) => {
      const id = ++count;
      waiting.set(id, { resolve, reject });
      const message = { id, method, params, sessionId };
      pipe!.write(`${JSON.stringify(message)}\0`);
    });
  const tab = async (url: string) => {
    const { targetId } = await send("Target.createTarget", { url });
    await send("Target.activateTarget", { targetId });
    return targetId;
  };
  const targetId = await tab(address);
  const attach = { targetId, flatten: true };
  const { sessionId } = await send("Target.attachToTarget", attach);
  return {
    async evaluate(expression) {
      const asked = { expression, returnByValue: true, awaitPromise: true };
      return (await send("Runtime.evaluate", asked, sessionId)).result.value;
    },
    async hide() {
      await tab("about:blank");
    },
    async close() {
      const ended = new Promise((resolve) => browser.on("exit", resolve));
      // Asked, it ends its other processes before itself; killed, it leaves them behind.
      void send("Browser.close", {});
      await ended;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
