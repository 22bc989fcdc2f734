// Node's types are left out: its globals would pass for the browser's.
// @ts-expect-error
import { createHash } from "node:crypto";
// @ts-expect-error
import { readFileSync, writeFileSync } from "node:fs";
import type { Plugin } from "vite";
import { HEADERS, POLICY } from "./policy.ts";

/** Files of `public/` that a release has. Their names stay when their contents change, so they are asked for
 * with the hash of these: of two releases each has its own. */
const FIXED = [
  "begin.js",
  "manifest.webmanifest",
  "sets/emoji.png",
  "sets/photos.png",
];

/** For hosts that read `_headers` (Netlify, Cloudflare Pages). */
const _headers = `# For hosts that read this file (Netlify, Cloudflare Pages). Elsewhere \`offline.js\` stands in for them, from
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

type Source = string | Uint8Array;

const read = (path: string): Uint8Array =>
  readFileSync(new URL(path, import.meta.url));
const digest = (source: Source, encoding: "hex" | "base64"): string =>
  createHash("sha256").update(source).digest(encoding);
const fixed = FIXED.map((path) => {
  const source = read(`../public/${path}`);
  const hash = digest(source, "hex").slice(0, 8);
  return { path, hash, url: `${path}?${hash}`, source };
});

/** Tells the page by which hashes to ask for files whose names stay. */
const hashes: Plugin = {
  name: "hashes",
  config: () => {
    const all = fixed.map(({ path, hash }) => [path, hash]);
    return { define: { HASHES: JSON.stringify(Object.fromEntries(all)) } };
  },
};

/** The name of what is built now; it changes with any file of the page. */
let release = "";

/** What surrounds a built page: its policy, and the service worker that keeps it. */
const site: Plugin = {
  name: "site",
  enforce: "post",
  // Not while one works on the page: Vite's own scripts and styles lie within it then.
  apply: "build",
  transformIndexHtml: {
    order: "post",
    handler(html, { bundle }) {
      for (const { path, url } of fixed) {
        html = html.replace(`/${path}"`, `/${url}"`);
      }
      const all = Object.values(bundle ?? {}).map(
        ({ fileName, ...file }): [string, Source] => [
          fileName,
          "code" in file ? file.code : file.source,
        ],
      );
      const parts = all
        .filter(([name]) => !name.startsWith("."))
        .map(([name, source]) => `${name} ${digest(source, "hex")}`);
      parts.push(html, POLICY, digest(read("offline.js"), "hex"));
      release = digest(parts.sort().join("\n"), "hex").slice(0, 16);
      const policy = {
        "http-equiv": "Content-Security-Policy",
        content: POLICY,
      };
      return {
        html,
        tags: [
          { tag: "meta", attrs: policy, injectTo: "head-prepend" },
          { tag: "meta", attrs: { name: "release", content: release } },
        ],
      };
    },
  },
  // Only now the files are as they are served.
  writeBundle({ dir }, bundle) {
    const files = fixed.map(({ url, source }): [string, Source] => [
      url,
      source,
    ]);
    for (const file of Object.values(bundle)) {
      const { fileName: name } = file;
      if (name.startsWith(".") || name.endsWith(".html")) continue;
      files.push([name, file.type === "chunk" ? file.code : file.source]);
    }
    const known = {
      RELEASE: release,
      FILES: Object.fromEntries(
        files.map(([name, source]) => [
          name,
          `sha256-${digest(source, "base64")}`,
        ]),
      ),
      HEADERS,
    };
    const constants = Object.entries(known)
      .map(([name, value]) => `const ${name} = ${JSON.stringify(value)};\n`)
      .join("");
    const text = new TextDecoder().decode(read("offline.js"));
    const source = text.replace(/^\/\* global .*\n/m, () => constants);
    writeFileSync(`${dir}/_headers`, _headers);
    writeFileSync(`${dir}/offline.js`, source);
  },
};

export const sites = [hashes, site];
