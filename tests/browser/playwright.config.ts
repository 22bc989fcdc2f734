import { defineConfig, devices } from "@playwright/test";
import { address, launch } from "./launch.mjs";

export default defineConfig({
  outputDir: "out/results",
  reporter: [["list"], ["json", { outputFile: "out/report.json" }]],
  // One at a time: each trains, and the machine may have two cores.
  workers: 1,
  forbidOnly: true,
  // Limits are for what hangs, not for what is slow: the machine may have much else to do.
  timeout: 600_000,
  expect: { timeout: 60_000 },
  use: {
    ...devices["Desktop Chrome"],
    baseURL: address,
    actionTimeout: 60_000,
    screenshot: "only-on-failure",
    // It would have the second visit isolated at some moment of its own; threads.spec.ts wants that.
    serviceWorkers: "block",
  },
  projects: [
    {
      name: "cpu",
      testIgnore: [/webgpu/, "engines/*.spec.ts"],
      use: { launchOptions: launch({ webgpu: false }) },
    },
    {
      name: "webgpu",
      testMatch: /webgpu/,
      use: { launchOptions: launch({ webgpu: true }) },
    },
    // Other engines, which Playwright counts but does not drive: those it drives are its own builds.
    // `cargo xtask test` takes a skipped test for a failed one unless it found no such browser.
    ...["firefox", "webkit"].map((name) => ({
      name,
      testMatch: `engines/${name}.spec.ts`,
    })),
  ],
});
