import { defineConfig } from "@playwright/test";

// Every test opens its own server and its own browsers, so nothing is shared.
export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  workers: 2,
  fullyParallel: true,
  // A busy machine makes a step late now and then. What passes only the second time is listed as flaky, to be mended.
  retries: 1,
  forbidOnly: Boolean(process.env.CI),
  timeout: 90_000,
  expect: { timeout: 15_000 },
  use: { actionTimeout: 20_000, navigationTimeout: 30_000 },
  reporter: [["list"]],
});
