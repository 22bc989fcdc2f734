// Draws the icons of the page where it is installed, from its favicon: `CHROME=... node icons.mjs`. They are
// kept in www/public/icons, and change only with this drawing.
import { mkdir, readFile } from "node:fs/promises";
import { chromium } from "@playwright/test";
import { launch } from "./launch.mjs";

const www = new URL("../../www/", import.meta.url);
const html = await readFile(new URL("index.html", www), "utf8");
const favicon = /href="(data:image\/svg[^"]*)"/.exec(html)?.[1];
const folder = new URL("public/icons/", www);
await mkdir(folder, { recursive: true });

// Of a maskable icon a circle of four fifths is sure to be seen.
const ICONS = [
  { name: "192", size: 192, part: 1, ground: "transparent" },
  { name: "512", size: 512, part: 1, ground: "transparent" },
  { name: "maskable", size: 512, part: 0.68, ground: "#ffffff" },
];
for (const { name, size, part, ground } of ICONS) {
  const browser = await chromium.launch(launch({ webgpu: false }));
  const page = await browser.newPage({
    viewport: { width: size, height: size },
  });
  await page.setContent(
    `<style>html { background: ${ground} } body { margin: 0; display: grid; place-items: center; height: 100vh }</style>
    <img src="${favicon}" width="${size * part}" height="${size * part}">`,
  );
  await page.screenshot({
    path: new URL(`${name}.png`, folder).pathname,
    omitBackground: true,
  });
  await browser.close();
}
