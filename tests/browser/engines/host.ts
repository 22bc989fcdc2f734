// The built page, as hosts send it: isolated or not.
import { built, serve } from "../host.ts";

/** Where the script lies that notes errors. */
const WATCH = "/watch-for-errors.js";

/** Notes what goes wrong from the first script on: plain WebDriver tells nobody of the console. */
function watch() {
  const noted: string[] = (window.troubles = []);
  const note = (trouble: unknown) => noted.push(String(trouble));
  const say = console.error;
  console.error = (...all) => {
    note(all.join(" "));
    say(...all);
  };
  const failed = ({ error, message, target }: ErrorEvent) =>
    note(error ?? message ?? `${(target as Element).outerHTML} did not load`);
  addEventListener("error", failed, true);
  addEventListener("unhandledrejection", ({ reason }) => note(reason));
}

declare global {
  interface Window {
    /** Errors of the page so far. */
    troubles: string[];
  }
}

/** Serves the page on loopback until closed. */
export const host = (isolates: boolean) =>
  serve({
    isolates,
    async instead(path) {
      if (path === WATCH) return `(${watch})()`;
      if (path !== "/") return null;
      const html = await built("index.html");
      return html.replace("<head>", `<head><script src="${WATCH}"></script>`);
    },
  });
