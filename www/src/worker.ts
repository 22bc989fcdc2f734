// The training worker: loads the wasm and hands over to it. All else is Rust (`src/web.rs`).
import init, { serve } from "./wasm/twoviews.js";
import url from "./wasm/twoviews_bg.wasm?url";

// A rejected promise in a worker stays in the worker; an error reaches the page, which restarts it.
self.addEventListener("unhandledrejection", (event) => {
  setTimeout(() => {
    throw event.reason;
  });
});

// Messages that come while the wasm loads wait here.
const early: MessageEvent[] = [];
const keep = (event: MessageEvent) => early.push(event);
self.addEventListener("message", keep);

const wasm = await init({ module_or_path: url });
// The linker wraps every export in the constructors until they have run once, which costs
// milliseconds a call: this must come before anything else.
wasm.__wasm_call_ctors();
self.removeEventListener("message", keep);
const served = serve();
for (const { data } of early) {
  self.dispatchEvent(new MessageEvent("message", { data }));
}
await served;
