import { defineConfig } from "@playwright/test";

// The README's pictures: taken one after the other, by `cargo xtask shots`.
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results",
  workers: 1,
  timeout: 300_000,
  expect: { timeout: 15_000 },
  use: { actionTimeout: 20_000, navigationTimeout: 30_000 },
  reporter: [["list"]],
});
