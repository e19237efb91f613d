// How a page looks to people who see, move or read differently.
import { type Page, expect } from "@playwright/test";
import type { AxeResults } from "axe-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** Finds nothing that the rules of WCAG 2.2 AA forbid, looking at the whole page at once. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  // As tall as the page: what is scrolled out of sight is not looked at.
  if (before) await page.setViewportSize({ ...before, height: 3000 });
  await page.evaluate(axe);
  const results = await page.evaluate(async (tags): Promise<AxeResults> => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    return axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] });
  }, RULES);
  if (before) await page.setViewportSize(before);
  const found = results.violations.flatMap((violation) =>
    violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")}: ${node.failureSummary?.replaceAll("\n", " ")}`),
  );
  expect.soft(found, name).toEqual([]);
}

/** Nothing sticks out sideways: nobody should have to scroll in two directions. */
export async function expectNoSidewaysScroll(page: Page, name: string): Promise<void> {
  const wide = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    const sticking = [...document.body.querySelectorAll("*")].filter((it) => it.getBoundingClientRect().right > clientWidth + 1);
    return [`${scrollWidth} > ${clientWidth}`, ...sticking.slice(0, 8).map((it) => `${it.tagName}.${it.className}`)];
  });
  expect.soft(wide, name).toEqual([]);
}

/** Text twice as large, as people set it in their browser. */
export async function setTextSize(page: Page, percent: number): Promise<void> {
  await page.evaluate((percent) => {
    document.documentElement.style.setProperty("font-size", `${percent}%`);
  }, percent);
}
