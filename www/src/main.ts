import { mount } from "svelte";
import App from "./App.svelte";
import "./style.css";

mount(App, { target: document.getElementById("app")! });
// From here on the page itself tells what goes wrong.
removeEventListener("error", window.onstartfails, true);
document.getElementById("trouble")!.remove();

declare global {
  interface Window {
    /** Shows an error that keeps the page from starting (`index.html`). */
    onstartfails(event: Event): void;
  }
}
