// Which strings of the page are told to its reader, and so stand in the catalogues of `languages/`.
import { adapter } from "@wuchale/svelte";
import { readdirSync } from "node:fs";

/** English, which the page is written in, and every language that has a folder. */
const locales = [
  "en",
  ...readdirSync("languages", { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name),
];

/** Attributes, and parameters of components, that are read or heard. */
const TOLD =
  /^(about|alt|aria-label|aria-valuetext|button|label|placeholder|title|word)$/;

/** What is written like a sentence or a name and is none. */
const CODE =
  /^(Backspace|Delete|Enter|Escape|Files|Twoviews|\w+Error|webcam .*|images #|deaths of .*|<.*|.* system-ui|[\w-]+:not\(.*|input, .*|button, .*)$/s;

/** Where strings are for programs. */
const CALLS = /^(fetch|matchMedia|super|console\..*|.*\.matches|.*\.open)$/;

/** What runs in workers, where there is one language. */
const WORKERS = [
  "src/core/{load,rest,threads,worker}.ts",
  "src/images/{browser,decoder}.ts",
  "src/store/{disk,disk-worker,file,file-worker,tabs,valid}.ts",
];

/** Whether a string is told, and so has to be translated. */
function told({ msgStr, details }) {
  const text = msgStr.join("\n").trim();
  if (!/\p{L}{2}/u.test(text)) return false;
  if (details.scope === "markup") {
    const code = ["code", "pre", "script", "style"];
    return !code.includes(details.element) && text !== "Twoviews" && "message";
  }
  if (CODE.test(text)) return false;
  if (details.scope === "attribute") {
    return TOLD.test(details.attribute) && "message";
  }
  // What a module says when it is loaded it would say in one language for ever.
  if (!details.file.endsWith(".svelte") && details.funcName == null)
    return false;
  if (CALLS.test(details.call ?? "")) return false;
  // A single word in small letters is mostly an id: `@wc-include` before it says that it is not.
  return /\p{Ll}{2}/u.test(text) && /^\p{Lu}|\s/u.test(text) && "message";
}

export default {
  locales,
  localesDir: "languages",
  logLevel: "error",
  // Strings go nowhere: in place of nothing wuchale puts a translator of its own, which asks a service as soon
  // as the environment has a key for it.
  ai: {
    name: "languages/*.po",
    batchSize: 1000,
    parallel: 1,
    group: {},
    translate: async () => {
      throw "there are new strings to translate";
    },
  },
  adapters: {
    page: adapter({
      files: {
        include: ["src/**/*.svelte", "src/**/*.ts"],
        ignore: [...WORKERS, "src/protocol.ts", "src/lib/within.ts"],
      },
      loader: "custom",
      heuristic: told,
      runtime: {
        // At the top of a component Svelte follows a change of the language; functions elsewhere ask anew.
        initReactive: ({ file, funcName }) => {
          const component = file.endsWith(".svelte");
          if (funcName == null) return component ? true : null;
          return component ? null : false;
        },
      },
    }),
  },
};
