// What the page may load and run, and the headers it is sent with. Written here alone: the build puts it into
// `index.html`, `_headers` and the service worker; `cargo xtask serve` and the tests' servers send it.

/** The Content-Security-Policy: all comes from where the page came from, and nothing leaves it. */
const RULES = {
  "default-src": "'none'",
  // No script within the page, no eval; wasm is compiled.
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  // KaTeX places the parts of a formula by style attributes.
  "style-src-attr": "'unsafe-inline'",
  "img-src": "'self' blob: data:",
  "font-src": "'self'",
  "connect-src": "'self'",
  "worker-src": "'self'",
  "manifest-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
  // Text becomes HTML only by these: Svelte's own templates, and what KaTeX makes of a formula
  // (`views/method/katex.ts`). `default` lets through addresses of our own workers (`lib/trusted.ts`).
  "require-trusted-types-for": "'script'",
  "trusted-types": "svelte-trusted-html formula default",
};

const written = (rules: Record<string, string>) =>
  Object.entries(rules)
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");

/** For `<meta>`, which is for hosts that send no headers. */
export const POLICY = written(RULES);

/** A worker takes its policy from its own response, so every file is sent with these. Threads share memory only
 * in an isolated page. */
export const HEADERS = {
  // Who teaches may embed the page. `<meta>` cannot say so, and forbids nothing of it.
  "Content-Security-Policy": written({ ...RULES, "frame-ancestors": "*" }),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "X-Content-Type-Options": "nosniff",
};
