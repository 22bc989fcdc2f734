import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// `--mode fake` swaps the training worker for one that needs no wasm: for work on the page alone.
// Nothing of it is in the bundle that other modes build.
export default defineConfig(({ mode }) => ({
  base: "./",
  plugins: [svelte()],
  resolve: {
    alias: [
      {
        find: /^training-worker/,
        replacement: mode === "fake" ? "/dev/fake-worker.ts" : "/src/worker.ts",
      },
    ],
  },
  worker: { format: "es" },
  build: {
    target: "es2022",
    outDir: mode === "fake" ? "dev/dist" : "dist",
  },
}));
