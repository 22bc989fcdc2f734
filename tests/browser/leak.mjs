// A leak on purpose, of each kind that the soak looks for: by it one sees that a leak is found.

/** Bytes that are never let go of, each round. */
const LEAK = 200_000;

/** A module of wasm that is 16 pages of memory, and nothing else. */
const PAGES = [
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 0, 16, 7, 5, 1, 1, 0x6d, 2, 0,
];

/**
 * Has the page hold more: in its heap, in its storage, and in the memory and the GPU of its training worker.
 * @param {import("@playwright/test").Page} page
 * @param {number} i
 */
export async function leak(page, i) {
  await page.evaluate(
    async ([i, length]) => {
      /** @type {any} */ (window).leaked ??= [];
      const bytes = new Uint8Array(length).fill(i);
      /** @type {any} */ (window).leaked.push(bytes);
      const cache = await caches.open("leak");
      await cache.put(`leak-${i}`, new Response(bytes));
    },
    [i, LEAK],
  );
  const training = page
    .workers()
    .find((one) => /\/worker-[^#]*$/.test(one.url()));
  await training?.evaluate(async (pages) => {
    const self = /** @type {any} */ (globalThis);
    self.leaked ??= [];
    const made = await WebAssembly.instantiate(Uint8Array.from(pages), {});
    self.leaked.push(made.instance);
    const device = self.device?.deref();
    for (let i = 0; device && i < 4; i++) {
      self.leaked.push(device.createBuffer({ size: 50_000, usage: 8 }));
    }
  }, PAGES);
}
