// Serves the pages of the peers, our wasm, and what they all start from.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, normalize, resolve } from "node:path";
import { here } from "./paths.mjs";

/** What is served from where. */
const FOLDERS = {
  "/page/": resolve(here, "page"),
  "/bundle/": resolve(here, "out/bundle"),
  "/ours/": resolve(here, "../browser/out/harness"),
  "/ours-threads/": resolve(here, "../browser/out/harness-threads"),
  "/tfjs/": resolve(here, "node_modules/@tensorflow/tfjs-backend-wasm/dist"),
};

const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** A server on loopback. Pages are not isolated, so that they have no threads, but the one of ours. */
export class Server {
  #http = createServer((request, response) => this.#answer(request, response));
  /** Files that are only in memory, by path. */
  files = new Map();
  url = "";

  async start() {
    await new Promise((done) => this.#http.listen(0, "127.0.0.1", done));
    this.url = `http://127.0.0.1:${this.#http.address().port}/`;
    return this;
  }

  stop() {
    this.#http.closeAllConnections();
    this.#http.close();
  }

  async #answer(request, response) {
    const { pathname, search } = new URL(request.url, this.url);
    try {
      const body = this.files.get(pathname) ?? (await readFile(find(pathname)));
      response.setHeader("content-type", typeOf(pathname));
      response.setHeader("cache-control", "no-store");
      if (!pathname.endsWith(".html") || search.includes("threads")) {
        response.setHeader("cross-origin-opener-policy", "same-origin");
        response.setHeader("cross-origin-embedder-policy", "require-corp");
      }
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  }
}

const typeOf = (path) => TYPES[extname(path)] ?? "application/octet-stream";

function find(path) {
  const prefix = Object.keys(FOLDERS).find((start) => path.startsWith(start));
  if (!prefix) throw new Error("no such folder");
  const file = normalize(resolve(FOLDERS[prefix], path.slice(prefix.length)));
  if (!file.startsWith(FOLDERS[prefix])) throw new Error("outside");
  return file;
}
