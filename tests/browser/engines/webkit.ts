// WebKitGTK over plain WebDriver, on a screen that nobody sees.
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { LIMIT, type Driver } from "./driver.ts";
import { Program } from "./program.ts";

/** How WebDriver marks an element in JSON. */
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** `locale` is what LC_ALL says; `C` makes a page speak en-US. */
export async function webkit(
  driver: string,
  xvfb: string,
  locale = "C",
): Promise<Driver> {
  const programs: Program[] = [];
  let session = "";
  const close = async () => {
    // Whatever comes of it, what has been started ends.
    if (session) await call("DELETE", session).catch(() => {});
    for (const program of programs.reverse()) program.end();
  };
  const port = await freePort();
  async function call(method: string, path: string, body?: object) {
    const command = `WebDriver's ${method} ${path}`;
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT),
    }).catch((cause) => {
      throw new Error(`${command} had no answer`, { cause });
    });
    const { value } = (await answer.json()) as { value: any };
    if (!answer.ok) {
      throw new Error(`${command}: ${value.error}: ${value.message}`);
    }
    return value;
  }
  const element = async (path: string) => {
    const found = { using: "xpath", value: path };
    const { [ELEMENT]: id } = await call("POST", `${session}/element`, found);
    return `${session}/element/${id}`;
  };
  try {
    // It chooses a free display, and says which.
    const screen = new Program(xvfb, [
      ...["-displayfd", "1"],
      ...["-screen", "0", "1400x1000x24"],
      ...["-nolisten", "tcp"],
    ]);
    programs.push(screen);
    const display = await screen.until(
      async () => /^\d+$/m.exec(screen.said)?.[0] ?? null,
    );
    const server = new Program(driver, [`--port=${port}`], {
      DISPLAY: `:${display}`,
      LC_ALL: locale,
      LANG: locale,
      LANGUAGE: "",
      // Without a GPU the page would stay white.
      WEBKIT_DISABLE_COMPOSITING_MODE: "1",
    });
    programs.push(server);
    await server.until(() => call("GET", "/status").catch(() => null));
    const { sessionId } = await call("POST", "/session", { capabilities: {} });
    session = `/session/${sessionId}`;
    // An element may be on its way, as what is in a drawer is.
    const timeouts = { script: LIMIT, pageLoad: LIMIT, implicit: LIMIT };
    await call("POST", `${session}/timeouts`, timeouts);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    open: (url) => call("POST", `${session}/url`, { url }),
    evaluate: (look) => {
      const script = `return (${look})()`;
      return call("POST", `${session}/execute/sync`, { script, args: [] });
    },
    click: async (path) => call("POST", `${await element(path)}/click`, {}),
    setFiles: async (path, files) => {
      const text = files.join("\n");
      await call("POST", `${await element(path)}/value`, { text });
    },
    close,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
