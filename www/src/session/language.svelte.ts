// The language of the page: of its own strings, by the catalogue, and of what cards and lessons say, by the files
// of `languages/`. One that is chosen is remembered; else it is the browser's, if it is there.
import { fetchCatalogue, speakBy } from "../../languages/page.loader.svelte.ts";
import { recall, remember } from "../lib/remembered.ts";
import type { Files } from "./wording.ts";

const SOURCE = "en";

const files = import.meta.glob<Files[string]>("../../languages/*/*.json", {
  import: "default",
});
const parts = (path: string) => /([^/]+)\/([^/]+)\.json$/.exec(path)!;

/** What languages there are, each by its own name. */
export const LANGUAGES = [
  SOURCE,
  ...new Set(Object.keys(files).map((path) => parts(path)[1]!)),
].map((code) => ({
  value: code,
  title: new Intl.DisplayNames([code], { type: "language" }).of(code) ?? code,
}));

/** The language that these ask for, by the first of them that is there: tags, or what some systems have for one. */
export function wanted(
  asked: readonly (string | null | undefined)[],
  known = LANGUAGES.map(({ value }) => value),
): string {
  for (const tag of asked) {
    const [code] = (tag ?? "").toLowerCase().split(/[^a-z]/);
    if (known.includes(code!)) return code!;
  }
  return SOURCE;
}

class Language {
  now = $state(SOURCE);
  /** What cards and lessons say in it; nothing in the language that they are written in. */
  files = $state.raw<Files>({});

  /** Speaks as the address asks, as was chosen before, or as the browser says. */
  async begin(): Promise<void> {
    const query = new URLSearchParams(location.search);
    const { languages, language } = navigator;
    const chosen = [query.get("lang"), recall("language")];
    await this.#speak(wanted([...chosen, ...(languages ?? []), language]));
  }

  /** Speaks another language from now on. */
  async choose(code: string): Promise<void> {
    if (!(await this.#speak(code))) return;
    remember("language", code);
    const address = new URL(location.href);
    if (!address.searchParams.has("lang")) return;
    address.searchParams.set("lang", code);
    history.replaceState(null, "", address);
  }

  /** What the page is called in the browser's tabs. */
  get title(): string {
    return "Twoviews: watch a network learn from your images, without labels";
  }

  /** Whether all of a language has come: half of one is not spoken. */
  async #speak(code: string): Promise<boolean> {
    if (code === this.now) return true;
    try {
      const own = Object.keys(files).filter((path) => parts(path)[1] === code);
      const [catalogue, ...all] = await Promise.all([
        fetchCatalogue(code),
        ...own.map((path) => files[path]!()),
      ]);
      const named = own.map((path, i) => [parts(path)[2]!, all[i]] as const);
      speakBy(catalogue, code);
      this.files = Object.fromEntries(named);
    } catch {
      return false;
    }
    this.now = code;
    document.documentElement.lang = code;
    return true;
  }
}

export const language = new Language();
