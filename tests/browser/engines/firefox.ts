// Firefox, headless, over WebDriver BiDi.
import puppeteer, { type ElementHandle } from "puppeteer-core";
import { LIMIT, type Driver } from "./driver.ts";

export async function firefox(executablePath: string): Promise<Driver> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    timeout: LIMIT,
    protocolTimeout: LIMIT,
  });
  const page = await browser.newPage().catch(async (error) => {
    await browser.close();
    throw error;
  });
  page.setDefaultTimeout(LIMIT);
  return {
    open: async (address) => void (await page.goto(address)),
    evaluate: (look) => page.evaluate(look) as Promise<any>,
    click: (path) => page.locator(`xpath/${path}`).click(),
    setFiles: async (path, files) => {
      const input = await page.waitForSelector(`xpath/${path}`);
      await (input as ElementHandle<HTMLInputElement>).uploadFile(...files);
    },
    close: () => browser.close(),
  };
}
