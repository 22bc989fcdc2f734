/// <reference types="vitest/config" />
import { svelte } from "@sveltejs/vite-plugin-svelte";
// @ts-expect-error Node's types are left out: its globals would pass for the browser's.
import { readdirSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { wuchale } from "wuchale/vite";
import { bundled } from "./bundled.ts";
import { HEADERS } from "./site/policy.ts";
import { sites } from "./site/site.ts";
import { toml } from "./toml.ts";

/** Browsers that run the page read woff2: the older formats of KaTeX's fonts are left out. */
const woff2Only: Plugin = {
  name: "woff2-only",
  enforce: "pre",
  transform: (code, id) =>
    /katex.*\.css/.test(id)
      ? code.replace(/,url\([^)]*\.(woff|ttf)\) format\([^)]*\)/g, "")
      : null,
};

/**
 * Tells the page the folder of its cores, which is named by what they are made of: so a page loads
 * those it was made for, or none. The workers of `--mode fake` need none, nor do tests of modules.
 */
function cores(mode: string): Plugin {
  let found: string[] = [];
  try {
    found = readdirSync(new URL("public/cores", import.meta.url));
  } catch {
    // Said below.
  }
  const coreless = mode === "fake" || mode === "test";
  const folder = coreless ? null : `cores/${found[0]}/`;
  return {
    name: "cores",
    config: () => ({ define: { CORES: JSON.stringify(folder) } }),
    buildStart() {
      if (folder === null || found.length === 1) return;
      this.error(
        `www/public/cores has ${found.length} folders where one belongs: \`cargo xtask build\` makes it`,
      );
    },
  };
}

/**
 * Puts what the catalogues of `languages/` say in place of the page's strings. Only while one works on the page
 * are new strings added to them: a build and a test leave them as they are.
 */
function words(mode: string): Plugin {
  const { configResolved, ...plugin } = wuchale();
  return {
    ...(plugin as Plugin),
    configResolved: ({ env }) =>
      configResolved({ env: { DEV: env.DEV && mode !== "test" } }),
  };
}

const packages = bundled();

// `--mode fake` swaps the workers for some that need no wasm: for work on the page alone.
// Nothing of it is in the bundle that other modes build.
export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: [
    words(mode),
    svelte(),
    toml,
    woff2Only,
    cores(mode),
    ...sites,
    packages(),
  ],
  resolve: {
    alias: [
      {
        find: /^training-worker/,
        replacement:
          mode === "fake" ? "/dev/fake-worker.ts" : "/src/core/worker.ts",
      },
      {
        find: /^decode-worker/,
        replacement:
          mode === "fake" ? "/dev/fake-decoder.ts" : "/src/images/decoder.ts",
      },
      { find: /^disk-worker/, replacement: "/src/store/disk-worker.ts" },
      { find: /^file-worker/, replacement: "/src/store/file-worker.ts" },
    ],
  },
  // Lessons lie beside the page.
  server: { fs: { allow: [".."] } },
  // What is not there is not the page: hosts answer so too.
  appType: "mpa",
  preview: { headers: HEADERS },
  worker: { format: "es", plugins: () => [packages()] },
  build: {
    target: "es2022",
    // What is no file of its own the page's policy forbids.
    assetsInlineLimit: 0,
    outDir: mode === "fake" ? "dev/dist" : "dist",
  },
  test: { include: ["tests/**/*.spec.ts"], allowOnly: false },
}));
