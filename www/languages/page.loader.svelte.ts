// The catalogue of the page's own strings that is in force. Components and modules ask here, as
// `wuchale.config.js` has it; English is there from the start, another language comes as a file of its own.
import toRuntime, { type CatalogModule } from "wuchale/runtime";

const english = import.meta.glob<CatalogModule>(
  "./.wuchale/page.page.en.compiled.js",
  {
    eager: true,
  },
);
const others = import.meta.glob<CatalogModule>([
  "./.wuchale/page.page.*.compiled.js",
  "!./.wuchale/page.page.en.compiled.js",
]);

const [source] = Object.values(english);
/** All that have been spoken by. */
const spoken = [source!];
let now = $state.raw(toRuntime(source, "en"));

export const getRuntime = () => now;
export const getRuntimeRx = getRuntime;

/** The catalogue of a language, once it is loaded; English if there is no other. */
export async function fetchCatalogue(language: string): Promise<CatalogModule> {
  const load = others[`./.wuchale/page.page.${language}.compiled.js`];
  return (await load?.()) ?? source!;
}

/** Has the page speak by this catalogue. */
export function speakBy(catalogue: CatalogModule, language: string): void {
  now = toRuntime(catalogue, language);
  if (!spoken.includes(catalogue)) spoken.push(catalogue);
}

/** What was said before the language was chosen, in that of now; what is in no catalogue stays. */
export function retold(text: string): string {
  for (const { c: all } of spoken) {
    const place = all.indexOf(text);
    if (place >= 0) return now(place);
  }
  return text;
}
