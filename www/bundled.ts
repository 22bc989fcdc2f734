import type { Plugin } from "vite";

/** The folder of an npm package, of a module's path. */
const PACKAGE = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/;

/**
 * Lists the folders of the npm packages in the page, for the third-party notices: in
 * `dist/.vite/bundled.json`, from where `cargo xtask` takes it. Vite's own `build.license` overlooks
 * what only workers import.
 */
export function bundled(): () => Plugin {
  const folders = new Set<string>();
  return () => ({
    name: "bundled",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        for (const id of file.type === "chunk" ? file.moduleIds : []) {
          const folder = PACKAGE.exec(id);
          if (folder) folders.add(folder[0]);
        }
      }
      // The page's bundle comes last: it names the workers' files.
      if (!this.environment.config.isWorker) {
        this.emitFile({
          type: "asset",
          fileName: ".vite/bundled.json",
          source: JSON.stringify([...folders].sort()),
        });
      }
    },
  });
}
