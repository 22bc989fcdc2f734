// Node's types are left out: its globals would pass for the browser's.
// @ts-expect-error
import { createHash } from "node:crypto";
// @ts-expect-error
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";
import { HEADERS, POLICY } from "./policy.ts";

/** Where the files are that are served as they are. */
const PUBLIC = new URL("../public/", import.meta.url);

/** For hosts that read `_headers` (Netlify, Cloudflare Pages). */
const _headers = `# For hosts that read this file (Netlify, Cloudflare Pages). Elsewhere \`isolate.js\` stands in for them, from
# the second visit on.
/*
${lines(HEADERS)}
# Names that change with what is in the files.
/assets/*
${lines({ "Cache-Control": "public, max-age=31536000, immutable" })}
/cores/*
${lines({ "Cache-Control": "public, max-age=31536000, immutable" })}
`;

function lines(headers: Record<string, string>): string {
  const all = Object.entries(headers);
  return all.map(([name, value]) => `  ${name}: ${value}`).join("\n");
}

const hash = (path: string): string =>
  createHash("sha256")
    .update(readFileSync(new URL(path, PUBLIC)))
    .digest("hex")
    .slice(0, 8);

/** What surrounds a built page: its policy, and the service worker. */
export const site: Plugin = {
  name: "site",
  apply: "build",
  // Not while one works on the page: Vite's own scripts and styles lie within it then.
  transformIndexHtml: {
    order: "post",
    handler: (html) => ({
      // Its name does not change with what is in it.
      html: html.replace('begin.js"', `begin.js?${hash("begin.js")}"`),
      tags: [
        {
          tag: "meta",
          attrs: { "http-equiv": "Content-Security-Policy", content: POLICY },
          injectTo: "head-prepend",
        },
      ],
    }),
  },
  generateBundle() {
    const source = readFileSync(
      new URL("isolate.js", import.meta.url),
      "utf8",
    ).replace("= HEADERS", `= ${JSON.stringify(HEADERS)}`);
    this.emitFile({ type: "asset", fileName: "_headers", source: _headers });
    this.emitFile({ type: "asset", fileName: "isolate.js", source });
  },
};
