// What a page holds, thread by thread, once all that is garbage is gone. The debugger counts it: the page knows of
// none of this.

/**
 * What is held: bytes of wasm memory, of the heap with what lies behind its buffers, and of buffers of the GPU,
 * and how many of these; how many workers there are, and how many of them have not answered.
 * @typedef {{ wasm: number, heap: number, gpu: number, buffers: number, workers: number, silent: number }} Held
 * @typedef {(method: string, params?: object) => Promise<any>} Send
 */

/** Milliseconds that a thread may take to answer. A further thread of a core sleeps until there is work for it. */
const PATIENCE = 10_000;

/**
 * Has each worker of the page count its memories of wasm and its buffers of the GPU, from the next opening on. To ask
 * the debugger for objects would do without, but ends a tab that has WebGPU.
 * @param {import("@playwright/test").Page} page
 */
export const countInWorkers = (page) =>
  page
    .context()
    .route(/\/(?:[a-z]+-)?(?:worker|decoder)-[^/]*\.js$/, async (route) => {
      const response = await route.fetch();
      const body = `(${count})();\n${await response.text()}`;
      await route.fulfill({ response, body });
    });

/** Counts what is made, and neither destroyed nor garbage. Runs in a worker. */
function count() {
  /** @type {Set<WeakRef<WebAssembly.Memory>>} */
  const memories = new Set();
  const buffers = { count: 0, bytes: 0 };
  Object.assign(globalThis, {
    held: () => {
      const all = [...memories].flatMap((one) => one.deref() ?? []);
      const wasm = new Set(all.map(({ buffer }) => buffer));
      return {
        wasm: [...wasm].reduce((sum, { byteLength }) => sum + byteLength, 0),
        gpu: buffers.bytes,
        buffers: buffers.count,
      };
    },
  });
  for (const way of /** @type {const} */ ([
    "instantiate",
    "instantiateStreaming",
  ])) {
    const before = /** @type {any} */ (WebAssembly[way]);
    Object.assign(WebAssembly, {
      [way]: async (/** @type {any} */ source, /** @type {any} */ imports) => {
        const made = await before.call(WebAssembly, source, imports);
        const { exports } = made.instance ?? made;
        const given = Object.values(imports ?? {}).flatMap(Object.values);
        for (const one of [...given, ...Object.values(exports)]) {
          if (one instanceof WebAssembly.Memory) memories.add(new WeakRef(one));
        }
        return made;
      },
    });
  }
  if (typeof GPUDevice === "undefined") return;
  /** @param {number} size */
  const less = (size) => {
    buffers.count--;
    buffers.bytes -= size;
  };
  const living = new WeakSet();
  const garbage = new FinalizationRegistry(less);
  const { createBuffer } = GPUDevice.prototype;
  /** @this {GPUDevice} @param {GPUBufferDescriptor} wanted */
  GPUDevice.prototype.createBuffer = function (wanted) {
    const buffer = createBuffer.call(this, wanted);
    Object.assign(globalThis, { device: new WeakRef(this) });
    buffers.count++;
    buffers.bytes += buffer.size;
    living.add(buffer);
    garbage.register(buffer, buffer.size, buffer);
    return buffer;
  };
  const { destroy } = GPUBuffer.prototype;
  /** @this {GPUBuffer} */
  GPUBuffer.prototype.destroy = function () {
    if (living.delete(this)) {
      garbage.unregister(this);
      less(this.size);
    }
    return destroy.call(this);
  };
}

/**
 * Measures the page and all its workers.
 * @param {import("@playwright/test").Page} page
 * @returns {Promise<Held>}
 */
export async function held(page) {
  const devtools = await page.context().newCDPSession(page);
  const workers = await within(devtools);
  const [own, ...others] = await Promise.all([
    thread((method, params) =>
      devtools.send(/** @type {any} */ (method), params),
    ),
    ...workers.map((send) => answer(thread(send))),
  ]);
  await devtools.detach();
  const answers = [
    own,
    ...others.flatMap((one) => (typeof one === "string" ? [] : one)),
  ];
  /** @param {keyof typeof own} key */
  const sum = (key) => answers.reduce((sum, one) => sum + one[key], 0);
  return {
    wasm: sum("wasm"),
    heap: sum("heap"),
    gpu: sum("gpu"),
    buffers: sum("buffers"),
    workers: others.filter((one) => one !== "ended").length,
    silent: others.filter((one) => one === "silent").length,
  };
}

/**
 * What a thread answers, unless it does not, or has ended meanwhile.
 * @template T
 * @param {Promise<T>} asked
 * @returns {Promise<T | "silent" | "ended">}
 */
function answer(asked) {
  /** @type {Promise<"silent">} */
  const late = new Promise((resolve) =>
    setTimeout(resolve, PATIENCE, "silent"),
  );
  const ended = asked.catch((error) => {
    if (/gone|No session/.test(error.message)) {
      return /** @type {const} */ ("ended");
    }
    throw error;
  });
  return Promise.race([ended, late]);
}

/**
 * Speaks with each worker of a page.
 * @param {import("@playwright/test").CDPSession} devtools
 * @returns {Promise<Send[]>}
 */
async function within(devtools) {
  const sessions = /** @type {string[]} */ ([]);
  devtools.on("Target.attachedToTarget", ({ sessionId, targetInfo }) => {
    if (targetInfo.type === "worker") sessions.push(sessionId);
  });
  /** @type {Map<string, (answer: any) => void>} */
  const waiting = new Map();
  devtools.on("Target.receivedMessageFromTarget", ({ sessionId, message }) => {
    const { id, ...answer } = JSON.parse(message);
    waiting.get(`${sessionId} ${id}`)?.(answer);
  });
  devtools.on("Target.detachedFromTarget", ({ sessionId }) => {
    for (const [key, answer] of waiting) {
      if (key.startsWith(sessionId)) answer({ error: { message: "gone" } });
    }
  });
  // Not flat: Playwright sends to no session within another.
  await devtools.send("Target.setAutoAttach", {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  let last = 0;
  return sessions.map((sessionId) => (method, params = {}) => {
    const id = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(`${sessionId} ${id}`, ({ result, error }) =>
        error ? reject(new Error(error.message)) : resolve(result),
      );
      const message = JSON.stringify({ id, method, params });
      devtools
        .send("Target.sendMessageToTarget", { sessionId, message })
        .catch(reject);
    });
  });
}

/** Asked for in a task of its own: what has become garbage has been counted by then. */
const COUNTED = `new Promise((resolve) => setTimeout(() =>
  resolve(globalThis.held?.() ?? { wasm: 0, gpu: 0, buffers: 0 })))`;

/**
 * Measures one thread.
 * @param {Send} send
 */
async function thread(send) {
  // Twice: what the first lets go of, for one a finished stream, holds more.
  await send("HeapProfiler.collectGarbage");
  await send("HeapProfiler.collectGarbage");
  const usage = await send("Runtime.getHeapUsage");
  const counted = await send("Runtime.evaluate", {
    expression: COUNTED,
    awaitPromise: true,
    returnByValue: true,
  });
  // What lies behind buffers is not the memory of a core: that is counted by itself.
  const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = usage;
  const heap = usedSize + embedderHeapUsedSize + backingStorageSize;
  return {
    heap,
    .../** @type {Omit<Held, "workers" | "silent" | "heap">} */ (
      counted.result.value
    ),
  };
}
