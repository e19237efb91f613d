// Every form of question: answered through its inputs, and read back from them.
import { type Locator, expect } from "@playwright/test";
import type { Field } from "../catalogue.ts";
import { say } from "../words.ts";
import type { Register } from "./register.ts";

/** What was put into an input. */
export interface Answered {
  /** The input: the field's key and the end of the record's id. */
  id: string;
  field: Field;
  /** What the input holds from then on, as {@link readAll} reads it. */
  value: string;
  /** What of it can be read on a page that only shows it. */
  shown: string[];
}

/** Answers that other questions hang on; where nothing is said here, the second thing that is offered is chosen. */
export type Chosen = Record<string, string>;

const [WORDS, LONG] = ["Algo anotado, con ñ y 1 número", "Primera línea\nSegunda línea"];
const DAY: [string, string, string] = ["20", "10", "2026"];
const MONTHS = say("date_months").split(" ");

/** Answers a question, by the form of its field; `within` is the part of the card where it stands. */
export async function answer(
  register: Register,
  within: Locator,
  field: Field,
  chosen: Chosen,
  picture: Buffer,
): Promise<Answered> {
  const input = register.field(field.key, within);
  await expect(input, field.key).toBeVisible();
  const id = (await input.getAttribute("id")) ?? "";
  const [form = ""] = field.type.split(":");
  const said = (value: string, shown = [value]): Answered => ({ id, field, value, shown });
  const type = async (text: string, shown?: string[]) => {
    await input.fill(text);
    return said(text, shown);
  };
  switch (form) {
    case "text":
      return field.type === "text:long" ? type(LONG, LONG.split("\n")) : type(chosen[field.key] ?? WORDS);
    case "name":
      return type(chosen[field.key] ?? "Añoranza del Íñigo");
    case "int":
      return type(chosen[field.key] ?? "45");
    case "decimal":
      return type("2.5");
    case "money":
      return type("12.50");
    case "phone":
      return type("+50761234567");
    case "datetime":
      return type("2026-10-20T10:30", ["20 oct 2026", "10:30"]);
    case "tags":
      return type("cocina, costura fina", ["cocina", "costura fina"]);
    case "date":
    case "partial_date": {
      const parts = field.type === "date" ? DAY : (["", DAY[1], DAY[2]] as [string, string, string]);
      await register.typeDate(field.key, parts, within);
      const month = MONTHS[Number(DAY[1]) - 1] ?? "";
      return said(parts.join("/"), [[parts[0], month, parts[2]].filter(Boolean).join(" ")]);
    }
    case "bool":
      return answerYes(input, said);
    case "code":
    case "ref":
      return answerCode(within, chosen[field.key], input, said);
    case "codes":
    case "refs":
    case "languages":
      return answerSeveral(register, within, field, said);
    case "image":
      return answerPicture(input, picture, said);
    case "strokes":
      return answerStrokes(register, input, said);
    default:
      throw new Error(`nobody has said how ${field.type} is answered`);
  }
}

type Said = (value: string, shown?: string[]) => Answered;

async function answerYes(input: Locator, said: Said): Promise<Answered> {
  await input.check();
  return said("yes", [say("yes")]);
}

async function answerCode(within: Locator, code: string | undefined, input: Locator, said: Said): Promise<Answered> {
  if ((await input.getAttribute("type")) === "radio") {
    const same = `input[name="${await input.getAttribute("name")}"]`;
    const all = within.locator(code === undefined ? same : `${same}[value="${code}"]`);
    const chosen = all.nth((await all.count()) > 1 ? 1 : 0);
    await chosen.check();
    const label = await chosen.locator("xpath=..").innerText();
    return said((await chosen.getAttribute("value")) ?? "", [label.trim()]);
  }
  const offered = input.locator(code === undefined ? "option:not([value=''])" : `option[value="${code}"]`);
  await expect(offered.first()).toBeAttached();
  const chosen = offered.nth((await offered.count()) > 1 ? 1 : 0);
  const value = (await chosen.getAttribute("value")) ?? "";
  const label = (await chosen.textContent()) ?? "";
  await input.selectOption(value);
  return said(value, [label]);
}

async function answerSeveral(register: Register, within: Locator, field: Field, said: Said): Promise<Answered> {
  const input = register.field(field.key, within);
  const chips = register.chips(field.key, within);
  const labels: string[] = [];
  for (const step of [0, 1]) {
    const offered = input.locator("option:not([value=''])");
    const count = await offered.count();
    if (count === 0) break;
    const next = offered.nth(count > 1 ? 1 : 0);
    labels.push(((await next.textContent()) ?? "").trim());
    await register.add(field.key, (await next.getAttribute("value")) ?? "", within);
    await expect(chips).toHaveCount(step + 1);
  }
  if (field.type !== "languages") return said(labels.join(", "), labels);
  const id = await input.getAttribute("id");
  await within.locator(`#${id}-level-0`).selectOption("good");
  await within.locator(`#${id}-level-1`).selectOption("some");
  return said(`${labels.join(", ")}: good, some`, labels);
}

async function answerPicture(input: Locator, picture: Buffer, said: Said): Promise<Answered> {
  const whole = input.locator('xpath=ancestor::div[@role="group"]');
  await whole.locator('input[type="file"]').setInputFiles({ name: "hoja.jpg", mimeType: "image/jpeg", buffer: picture });
  await whole.getByRole("button", { name: say("camera_use") }).click();
  await expect(whole.getByRole("button", { name: say("photo_remove") })).toBeVisible();
  return said("picture", []);
}

async function answerStrokes(register: Register, input: Locator, said: Said): Promise<Answered> {
  await sign(register, input, [[[0.2, 0.6], [0.5, 0.2]]]);
  const drawn = await input.locator("path").nth(1).getAttribute("d");
  return said(drawn ?? "", [say("value_signature")]);
}

/** Draws with the mouse: strokes from one place to another, in parts of the surface. */
export async function sign(register: Register, surface: Locator, strokes: [[number, number], [number, number]][]): Promise<void> {
  await surface.scrollIntoViewIfNeeded();
  const box = await surface.boundingBox();
  if (!box) throw new Error("there is nothing to sign on");
  const { mouse } = register.page;
  const at = ([x, y]: [number, number]) => [box.x + box.width * x, box.y + box.height * y] as const;
  for (const [from, to] of strokes) {
    await mouse.move(...at(from));
    await mouse.down();
    await mouse.move(...at(to), { steps: 8 });
    await mouse.up();
  }
  await expect(surface).toHaveAccessibleName(new RegExp(`${strokes.length}`));
}

/** What every input of the card that is open holds, by its id. */
export async function readAll(register: Register): Promise<Record<string, string>> {
  return register.form.evaluate((form) => {
    const held: Record<string, string> = {};
    const value = (id: string) => (document.getElementById(id) as HTMLInputElement | null)?.value ?? "";
    for (const it of form.querySelectorAll<HTMLElement>("[id]")) {
      const { id } = it;
      if (!/^[a-z0-9_]+-[0-9a-f]{12}$/.test(id)) continue;
      const stack = it.parentElement?.closest('.ask > div[class="stack"]');
      if (it instanceof SVGElement) {
        held[id] = it.querySelectorAll("path")[1]?.getAttribute("d") ?? "";
      } else if (it instanceof HTMLButtonElement) {
        const shown = it.closest('[role="group"]')?.querySelector<HTMLImageElement>("img.camera__picture");
        held[id] = shown?.complete && shown.naturalWidth > 0 ? "picture" : "";
      } else if (document.getElementById(`${id}-year`)) {
        held[id] = [id, `${id}-month`, `${id}-year`].map(value).join("/");
      } else if (it instanceof HTMLInputElement && it.type === "radio") {
        const one = form.querySelector<HTMLInputElement>(`input[name="${id}"]:checked`);
        const answer = one?.id === id ? "yes" : "no";
        held[id] = one ? (one.hasAttribute("value") ? one.value : answer) : "";
      } else if (it instanceof HTMLInputElement && it.type === "checkbox") {
        held[id] = it.checked ? "yes" : "no";
      } else if (it instanceof HTMLSelectElement && stack) {
        const chips = [...stack.querySelectorAll(".chip--picked bdi")].map((chip) => chip.textContent?.trim()).join(", ");
        const levels = [...stack.querySelectorAll<HTMLSelectElement>('select[id*="-level-"]')].map((level) => level.value);
        held[id] = levels.length > 0 ? `${chips}: ${levels.join(", ")}` : chips;
      } else if ("value" in it) {
        held[id] = String(it.value);
      }
    }
    return held;
  });
}
