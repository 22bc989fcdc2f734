// How Chromium is started: quietly, and where asked for with WebGPU on the software adapter.
const QUIET = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/**
 * Playwright's launch options. Without `webgpu` there is a `navigator.gpu`, but no adapter.
 * @param {{ webgpu: boolean }} options
 */
export const launch = ({ webgpu }) => ({
  executablePath: process.env.CHROME,
  args: [...QUIET, ...(webgpu ? WEBGPU : [])],
});

/** Where the built page is served: `cargo xtask test` says; by hand it is `cargo xtask serve`. */
export const address = process.env.TWOVIEWS_URL ?? "http://127.0.0.1:8080/";
