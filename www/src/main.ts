import "./lib/trusted.ts";
import { mount } from "svelte";
import App from "./App.svelte";
import { language } from "./session/language.svelte.ts";
import "./style.css";

// Nothing here waits at the top: of what fails there, WebKit says nothing.
void language.begin().then(() => {
  mount(App, { target: document.getElementById("app")! });
  // From here on the page itself tells what goes wrong.
  removeEventListener("error", window.onstartfails, true);
  document.getElementById("trouble")!.remove();
});

declare global {
  interface Window {
    /** Shows an error that keeps the page from starting (`index.html`). */
    onstartfails(event: Event): void;
  }
}
