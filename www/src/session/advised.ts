// What suits the images, as settings.
import { merge, nest } from "../lib/paths.ts";
import type { Advice, Settings } from "../protocol.ts";

/** Settings with what suits the images. */
export function advised(settings: Settings, advice: Advice[]): Settings {
  return advice.reduce(
    (changed, { path, value }) => merge(changed, nest(path, value)),
    settings,
  );
}
