// The built page, as hosts send it: isolated or not.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import sirv from "sirv";

const DIST = resolve(import.meta.dirname, "../../../www/dist");
/** Where the script lies that notes errors. */
const WATCH = "/watch-for-errors.js";

/** Notes what goes wrong from the first script on: plain WebDriver tells nobody of the console. */
function watch() {
  const noted: string[] = (window.troubles = []);
  const note = (trouble: unknown) => noted.push(String(trouble));
  const say = console.error;
  console.error = (...all) => {
    note(all.join(" "));
    say(...all);
  };
  const failed = ({ error, message, target }: ErrorEvent) =>
    note(error ?? message ?? `${(target as Element).outerHTML} did not load`);
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", ({ reason }) => note(reason));
}

declare global {
  interface Window {
    /** Errors of the page so far. */
    troubles: string[];
  }
}

/** Serves the page on loopback until closed. */
export async function host(isolated: boolean) {
  const files = sirv(DIST);
  const server = createServer(async (request, response) => {
    if (isolated) {
      response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
      response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
    }
    const { pathname } = new URL(request.url!, "http://page");
    if (pathname === WATCH) {
      response.setHeader("Content-Type", "text/javascript");
      response.end(`(${watch})()`);
    } else if (pathname === "/") {
      const html = await readFile(join(DIST, "index.html"), "utf8");
      response.setHeader("Content-Type", "text/html");
      response.end(
        html.replace("<head>", `<head><script src="${WATCH}"></script>`),
      );
    } else files(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
