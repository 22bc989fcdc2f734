import { chromium } from "@playwright/test";
import { launch } from "./launch.mjs";
const browser = await chromium.launch(launch({ webgpu: false }));
for (const q of ["", "?set=emoji", "?set=photos", "?method=vicreg","?method=simsiam&knobs.stopGradient=false"]) {
const page = await browser.newPage({ viewport: { width: 1366, height: 768 } });
await page.goto("http://127.0.0.1:8462/" + q);
await page.waitForFunction(() => window.twoviews?.snapshot().images > 0);
await page.evaluate(() => {
  window.out = [];
  const need = (b) => { const f = new Float32Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.byteLength)); let m = 0, s = 0; const a = []; for (let i = 0; i < f.length; i++) { m = Math.max(m, Math.abs(f[i])); s += f[i] ** 2; a.push(Math.abs(f[i])); } a.sort((x, y) => x - y); return { max: +m.toFixed(2), p99: +a[Math.floor(a.length * .99)].toFixed(2), rms: +Math.sqrt(s / (f.length / 2)).toFixed(2) }; };
  window.twoviews.on("map", (m) => window.out.push(["map", m.space, m.step, m.images.length, +m.reach.toFixed(2), need(m.points)]));
  window.twoviews.on("baselines", (m) => { for (const k of ["untrainedH", "untrainedZ", "pixels"]) window.out.push([k, m.images.length, +m[k].reach.toFixed(2), need(m[k].points)]); });
});
await page.getByRole("button", { name: "Play", exact: true }).click();
await page.waitForTimeout(14000);
const out = await page.evaluate(() => window.out);
console.log(q); for (const o of [...out.slice(0, 5), ...out.slice(-2)]) console.log("  ", JSON.stringify(o));
await page.close();
}
await browser.close();
