// The built page, its files, and servers of it that answer as a test wants.
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import sirv from "sirv";
import { HEADERS } from "../../www/site/policy.ts";

/** The built page. */
const DIST = resolve(import.meta.dirname, "../../www/dist");

/** A file of the built page, by its path under it. */
export const built = (path: string): Promise<string> =>
  readFile(join(DIST, path), "utf8");

/** Paths of the files of a core in the built page. */
export async function filesOf(core: string): Promise<string[]> {
  const [folder] = readdirSync(join(DIST, "cores"));
  const list = JSON.parse(await built(`cores/${folder}/cores.json`));
  const { script, wasm, relaxed } = list.cores[core];
  return [script, wasm, relaxed].map((path) => `/cores/${folder}/${path}`);
}

/** Types of what is answered instead of a file, by its ending. */
const TYPES: Record<string, string> = {
  html: "text/html",
  js: "text/javascript",
  json: "application/json",
  webmanifest: "application/manifest+json",
};

export type Host = {
  /** Whether it sends the headers of the page, which isolate it. */
  isolates?: boolean;
  /** What it answers instead of a file, at a path: other contents, or a status; null for the file. */
  instead?(path: string): Promise<string | number | null>;
  /** The folder that it serves the page under. */
  under?: string;
};

/** For a host: a core that comes when `come` is called, or never, once `fail` is called. */
export function late(core: string) {
  let change: (list: any) => void = (list) => {
    delete list.cores[core];
    list.coming = [core];
  };
  return {
    instead: async (path: string) => {
      if (!path.endsWith("/cores.json")) return null;
      const list = JSON.parse(await built(path));
      change(list);
      return JSON.stringify(list);
    },
    come: () => (change = () => {}),
    fail: () =>
      (change = (list) => {
        delete list.cores[core];
        list.failed = [{ core, reason: "broken by the test" }];
      }),
  };
}

/** Serves the built page on loopback as `host` says, until closed. */
export async function serve({ isolates = true, instead, under = "/" }: Host) {
  const files = sirv(DIST, { dev: true });
  const server = createServer(async (request, response) => {
    response.setHeader("Cache-Control", "no-store");
    if (isolates) {
      for (const [name, value] of Object.entries(HEADERS)) {
        response.setHeader(name, value);
      }
    }
    if (!request.url!.startsWith(under)) return response.writeHead(404).end();
    request.url = request.url!.slice(under.length - 1);
    const { pathname } = new URL(request.url, "http://host");
    const other = (await instead?.(pathname)) ?? null;
    if (other === null) {
      files(request, response, () => {
        response.writeHead(404).end();
      });
    } else if (typeof other === "number") response.writeHead(other).end();
    else {
      const [, ending] = /\.(\w+)$/.exec(pathname) ?? [];
      response.setHeader("Content-Type", TYPES[ending ?? "html"]);
      response.end(other);
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}${under}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
