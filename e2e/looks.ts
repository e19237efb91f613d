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
  const tall = await page.evaluate(() => document.documentElement.scrollHeight);
  if (before) await page.setViewportSize({ ...before, height: Math.max(3000, tall + 200) });
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

/** No text is cut off or sticks out of what holds it: buttons, chips, cells, lines that end in an ellipsis. */
export async function expectNothingClipped(page: Page, name: string): Promise<void> {
  expect.soft(await clippedText(page), name).toEqual([]);
}

/** What is cut off or sticks out. */
export async function clippedText(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const holdsText = (it: Element): boolean => [...it.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.nodeValue?.trim());
    const found: string[] = [];
    for (const it of document.body.querySelectorAll<HTMLElement>("*")) {
      const { display, overflowX, overflowY, clipPath, visibility } = getComputedStyle(it);
      // What is for listeners alone has no size on purpose; what scrolls shows everything to who scrolls.
      if (clipPath !== "none" || visibility === "hidden" || it.getClientRects().length === 0) continue;
      const measured = it.matches("button, a.btn, label, select") || (holdsText(it) && display !== "inline");
      if (!measured || ["auto", "scroll"].includes(overflowX)) continue;
      const wide = it.scrollWidth > it.clientWidth + 1;
      const tall = ["hidden", "clip"].includes(overflowY) && it.scrollHeight > it.clientHeight + 1;
      if (wide || tall) found.push(`${it.tagName}.${it.className}: ${it.textContent?.trim().slice(0, 60)}`);
    }
    // The text of a closed list is none of the page's elements: it is measured apart, with room for the arrow.
    const pen = document.createElement("canvas").getContext("2d");
    for (const it of document.querySelectorAll("select")) {
      const { font, paddingLeft, paddingRight, appearance } = getComputedStyle(it);
      // One that the app draws itself takes as many lines as it needs.
      if (!pen || it.getClientRects().length === 0 || appearance === "none") continue;
      pen.font = font;
      const text = it.selectedOptions[0]?.label ?? "";
      const room = it.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight);
      if (pen.measureText(text).width + 16 > room) found.push(`SELECT#${it.id}: ${text}`);
    }
    return found;
  });
}
