import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";
import { bundled } from "./bundled.ts";

/** Browsers that run the page read woff2: the older formats of KaTeX's fonts are left out. */
const woff2Only: Plugin = {
  name: "woff2-only",
  enforce: "pre",
  transform: (code, id) =>
    /katex.*\.css/.test(id)
      ? code.replace(/,url\([^)]*\.(woff|ttf)\) format\([^)]*\)/g, "")
      : null,
};

const packages = bundled();

// `--mode fake` swaps the workers for some that need no wasm: for work on the page alone.
// Nothing of it is in the bundle that other modes build.
export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: [svelte(), woff2Only, packages()],
  resolve: {
    alias: [
      {
        find: /^training-worker/,
        replacement: mode === "fake" ? "/dev/fake-worker.ts" : "/src/worker.ts",
      },
      {
        find: /^decode-worker/,
        replacement:
          mode === "fake" ? "/dev/fake-decoder.ts" : "/src/decoder.ts",
      },
    ],
  },
  worker: { format: "es", plugins: () => [packages()] },
  build: {
    target: "es2022",
    outDir: mode === "fake" ? "dev/dist" : "dist",
  },
}));
