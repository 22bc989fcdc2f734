// The crate in a page of its own, for what is measured of it alone.

export class Crate {
  /** @param {import("playwright-core").Browser} browser */
  static async open(browser, server) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}page/crate.html`);
    await page.waitForFunction(() => window.bench);
    const crate = new Crate(context, page);
    await crate.#warmUp();
    return crate;
  }

  constructor(context, page) {
    this.context = context;
    this.page = page;
  }

  /** A browser goes on optimising the wasm for some steps. */
  async #warmUp() {
    await this.open("warm", { backend: "cpu" }, 64);
    for (let step = 0; step < 8; step++) {
      await this.time("warm", "views", "step");
    }
    await this.free("warm");
  }

  methods() {
    return this.page.evaluate(() => window.bench.methods());
  }

  /** The network that a run with these settings begins with, as a checkpoint. */
  async weights(settings) {
    const text = await this.page.evaluate(
      (settings) => window.bench.weights(settings),
      settings,
    );
    return new Uint8Array(Buffer.from(text, "base64"));
  }

  /** Opens a run on drawn shapes under a name; the one that had it goes. */
  open(name, settings, images) {
    return this.page.evaluate(
      ([name, settings, images]) => window.bench.open(name, settings, images),
      [name, settings, images],
    );
  }

  free(name) {
    return this.page.evaluate((name) => window.bench.free(name), name);
  }

  /** Milliseconds of some parts of the work of a run, one after the other. */
  time(name, ...parts) {
    return this.page.evaluate(
      ([name, parts]) => window.bench.time(name, parts),
      [name, parts],
    );
  }

  /** What each of some steps, views and all, asks of the GPU. */
  count(name, steps) {
    return this.page.evaluate(
      ([name, steps]) => window.bench.count(name, steps),
      [name, steps],
    );
  }

  close() {
    return this.context.close();
  }
}
