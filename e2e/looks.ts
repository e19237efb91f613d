// How a page looks to people who see, move or read differently.
import { type Page, expect } from "@playwright/test";
import type { AxeResults } from "axe-core";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Finds nothing that the rules of WCAG 2.2 AA or good practice forbid, looking at the whole page at once. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  const before = page.viewportSize();
  // As tall as the page: what is scrolled out of sight is not looked at.
  const tall = await page.evaluate(() => document.documentElement.scrollHeight);
  if (before) await page.setViewportSize({ ...before, height: Math.max(3000, tall + 200) });
  await page.evaluate(axe);
  const results = await page.evaluate(async (tags): Promise<AxeResults> => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    // Sizes of targets are not looked at unless it is said.
    const rules = { "target-size": { enabled: true } };
    return axe.run(document, { runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"] });
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

/** What colours decide, in the theme that is shown now: enough for a page whose other theme was looked at in full. */
export async function expectContrast(page: Page, name: string): Promise<void> {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const runOnly = { type: "rule" as const, values: ["color-contrast", "link-in-text-block"] };
    const results = await axe.run(document, { runOnly, resultTypes: ["violations"] });
    return results.violations.flatMap((it) => it.nodes.map((node) => `${it.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
  });
  expect.soft(found, name).toEqual([]);
}

/** Whatever is pressed has room for a finger: 44 px high, or as much as is said. A link within a sentence is as high as its line. */
export async function expectRoomForFingers(page: Page, name: string, least = 44): Promise<void> {
  const small = await page.evaluate((least) => {
    const found: string[] = [];
    for (const it of document.querySelectorAll<HTMLElement>("a[href], button, input, select, textarea, summary")) {
      // What is pressed is the label around it, where there is one.
      const pressed = it.closest<HTMLElement>("label") ?? it;
      const { clipPath, opacity } = getComputedStyle(it);
      const { width, height } = pressed.getBoundingClientRect();
      if (width === 0 || clipPath !== "none" || (opacity === "0" && pressed === it)) continue;
      const spread = getComputedStyle(it, "::after").position === "absolute";
      const inSentence = it.matches("a") && getComputedStyle(it).display === "inline";
      if (!spread && !inSentence && (height < least - 0.5 || width < least - 0.5)) {
        found.push(`${it.tagName}.${it.className}: ${Math.round(width)} × ${Math.round(height)}: ${it.textContent?.trim().slice(0, 40)}`);
      }
    }
    return found;
  }, least);
  expect.soft(small, name).toEqual([]);
}

/** By keyboard alone every stop is seen: it has a ring, and nothing that stays on the screen covers it. */
export async function expectFocusSeen(page: Page, name: string): Promise<void> {
  const hidden: string[] = [];
  await page.evaluate(() => {
    scrollTo(0, 0);
    (document.activeElement as HTMLElement | null)?.blur();
    for (const it of document.querySelectorAll("[data-met]")) it.removeAttribute("data-met");
  });
  for (let stop = 0; stop < 400; stop += 1) {
    await page.keyboard.press("Tab");
    const told = await page.evaluate(() => {
      const it = document.activeElement as HTMLElement | null;
      if (!it || it === document.body || it.hasAttribute("data-met")) return null;
      it.setAttribute("data-met", "");
      // No stop of the keyboard: a page that has just come puts the focus here, sometimes later than the first Tab.
      if (it.matches("main[tabindex='-1']")) return [];
      const shown = it.closest<HTMLElement>("label") ?? it;
      const box = shown.getBoundingClientRect();
      const ring = [it, shown].some((one) =>
        [undefined, "::after"].some((part) => {
          const { outlineStyle, outlineWidth } = getComputedStyle(one, part);
          return outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
        }),
      );
      const inside = (x: number, y: number): boolean => {
        const top = document.elementFromPoint(x, y);
        return top !== null && (shown.contains(top) || top.contains(shown));
      };
      const xs = [box.left + 4, box.left + box.width / 2, box.right - 4];
      const seen = xs.some((x) => [box.top + 4, box.top + box.height / 2, box.bottom - 4].some((y) => inside(x, y)));
      const who = `${it.tagName}#${it.id}.${it.className}`;
      return [ring ? "" : `no ring: ${who}`, seen ? "" : `covered: ${who}`].filter(Boolean);
    });
    if (told === null) break;
    hidden.push(...told);
  }
  expect.soft(hidden, name).toEqual([]);
}

/** In forced colours what a colour said is said by a line: everything to press has an edge, and what is chosen one more. */
export async function expectEdges(page: Page, name: string): Promise<void> {
  const bare = await page.evaluate(() => {
    const found: string[] = [];
    for (const it of document.querySelectorAll<HTMLElement>(".btn, .chip, .choice, .input, .face")) {
      if (it.getClientRects().length === 0 || it.matches("img")) continue;
      const { borderTopWidth, outlineStyle } = getComputedStyle(it);
      if (Number.parseFloat(borderTopWidth) === 0) found.push(`no edge: ${it.tagName}.${it.className}`);
      if (it.querySelector("input:checked") && outlineStyle === "none") found.push(`not marked as chosen: ${it.className}`);
    }
    return [...new Set(found)];
  });
  expect.soft(bare, name).toEqual([]);
}

/** Nothing moves. */
export async function expectStill(page: Page, name: string): Promise<void> {
  const moving = await page.evaluate(() =>
    document.getAnimations().filter((it) => Number(it.effect?.getComputedTiming().activeDuration ?? 0) > 20).length,
  );
  expect.soft(moving, name).toBe(0);
}

/** Arrows point where the page runs. */
export async function expectMirrored(page: Page, name: string): Promise<void> {
  const wrong = await page.evaluate(() => {
    const icons = [...document.querySelectorAll(".icon--flip")].filter((it) => it.getClientRects().length > 0);
    return icons.filter((it) => !getComputedStyle(it).transform.startsWith("matrix(-1")).length;
  });
  expect.soft(wrong, name).toBe(0);
}

/** Keeps a picture for whoever wants to look: SHOTS names the folder. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true });
}
