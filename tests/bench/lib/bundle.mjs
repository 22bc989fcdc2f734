// The pages' scripts with the libraries they measure, as a site would ship them.
import { build } from "esbuild";
import { resolve } from "node:path";
import { here, out } from "./paths.mjs";

/** What the libraries ask for under Node only. */
const NODE = ["fs", "os", "path", "perf_hooks", "util", "worker_threads"];

export const bundle = () =>
  build({
    entryPoints: ["peer", "crate", "threads"].map((name) =>
      resolve(here, `page/${name}.mjs`),
    ),
    outdir: resolve(out, "bundle"),
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "esnext",
    external: [
      ...NODE,
      "crypto",
      "string_decoder",
      "/ours/*",
      "/ours-threads/*",
    ],
    logLevel: "error",
  });
