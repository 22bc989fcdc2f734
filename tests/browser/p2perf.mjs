import { chromium } from "@playwright/test";
import { launch } from "./launch.mjs";
const rate = +(process.argv[2] ?? 1);
const browser = await chromium.launch(launch({ webgpu: false }));
const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
page.on("pageerror", (e) => console.log("error:", e));
await page.addInitScript(() => {
  window.workers = [];
  window.Worker = class extends Worker { constructor(...g) { super(...g); window.workers.push(this); } };
  window.long = [];
  new PerformanceObserver((l) => window.long.push(...l.getEntries().map((e) => [Math.round(e.startTime), Math.round(e.duration)]))).observe({ type: "longtask" });
  window.clouds = [0, 1, 2, 3, 4, 5, 6].map((turn) => {
    const count = 10000, images = Array.from({ length: count }, (_, i) => i), points = new Float32Array(2 * count);
    for (let i = 0; i < count; i++) { points[2*i] = Math.sqrt(i) * Math.cos(i + turn); points[2*i+1] = Math.sqrt(i) * Math.sin(i + turn); }
    return { images, bytes: new Uint8Array(points.buffer) };
  });
  window.sendMaps = (turn) => {
    for (const [i, w] of window.workers.filter((w) => w.training).entries()) {
      const { images, bytes } = window.clouds[turn];
      const data = { type: "map", step: turn, space: "h", images: images.slice(), points: bytes.slice(), explained: 0.5, reach: 100 };
      setTimeout(() => w.dispatchEvent(new MessageEvent("message", { data })), 30 * i);
    }
  };
});
await page.goto("http://127.0.0.1:8462/?backend=cpu&size=32&encoder.width=4&train.batch=16&set=shapes&shapes.count=10000&b=live&b.method=vicreg");
await page.waitForFunction(() => window.twoviews?.snapshot().images === 10000, null, { timeout: 120000 });
await page.waitForTimeout(2000);
const devtools = await page.context().newCDPSession(page);
await devtools.send("Emulation.setCPUThrottlingRate", { rate });
await page.evaluate(() => { window.workers.forEach((w, i) => (w.training = true)); console.log(window.workers.length); window.long.length = 0; });
const begin = () => browser.startTracing(page, { categories: ["toplevel", "devtools.timeline"] });
const end = async () => {
  const { traceEvents: ev } = JSON.parse((await browser.stopTracing()).toString());
  const th = ev.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain").map((e) => e.pid + " " + e.tid);
  return ev.filter((e) => th.includes(e.pid + " " + e.tid) && e.tdur !== undefined).map((e) => Math.round(e.tdur / 1000)).sort((a, b) => b - a).slice(0, 6);
};
await begin();
const report = async (what) => { await page.waitForTimeout(200); console.log(what, "wall:", JSON.stringify(await page.evaluate(() => { const l = window.long.map(([s, d]) => d); window.long.length = 0; return l; })), "computed:", JSON.stringify(await end())); await begin(); };
console.log("workers", await page.evaluate(() => window.workers.length));
for (const kind of ["dots", "images"]) {
  await page.getByRole("radio", { name: kind }).check({ force: true });
  await report(kind + " chosen");
  for (let t = 0; t < 4; t++) { await page.evaluate((t) => window.sendMaps(t), t); await page.waitForTimeout(1500); }
  await report(kind + " four maps each");
  const m = page.getByRole("img", { name: "Embedding map A" });
  await m.hover({ position: { x: 100, y: 100 } });
  for (let i = 0; i < 20; i++) await page.mouse.move(300 + i * 7, 200 + i * 5);
  await report(kind + " hover");
  await page.getByRole("application").first().focus();
  await page.keyboard.press("+"); for (let i = 0; i < 8; i++) { await page.mouse.wheel(0, -60); await page.waitForTimeout(50); }
  await page.waitForTimeout(800);
  await report(kind + " zoom");
  await page.keyboard.press("0");
  await page.keyboard.down("Shift"); const b = await m.boundingBox();
  await page.mouse.move(b.x + 5, b.y + 5); await page.mouse.down();
  for (const [x, y] of [[1, 0], [1, 0.5], [0, 0.5]]) await page.mouse.move(b.x + b.width * x, b.y + b.height * y, { steps: 30 });
  await page.mouse.up(); await page.keyboard.up("Shift"); await page.waitForTimeout(800);
  await report(kind + " lasso");
  await page.keyboard.press("Escape");
  await page.getByRole("list", { name: "Labels" }).getByRole("button").first().click(); await page.waitForTimeout(600);
  await report(kind + " label");
  await page.getByRole("list", { name: "Labels" }).getByRole("button").first().click();
}
await browser.close();
