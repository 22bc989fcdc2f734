import { parse } from "smol-toml";
import type { Plugin } from "vite";

/** Modules of TOML files, read while the page is built: the page has no parser. */
export const toml: Plugin = {
  name: "toml",
  transform: (code, id) =>
    id.endsWith(".toml")
      ? { code: `export default ${JSON.stringify(parse(code))}`, map: null }
      : null,
};
