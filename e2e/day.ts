// What a counsellor does in a day, begun on a person's page.
import { expect } from "@playwright/test";
import { label } from "./catalogue.ts";
import type { Device } from "./device.ts";
import { Refer } from "./pages/referrals.ts";
import { Search } from "./pages/search.ts";
import { Sessions } from "./pages/sessions.ts";
import { Services } from "./pages/work.ts";
import { say } from "./words.ts";

/** Finds somebody by their name and opens their page. */
export async function openPerson(device: Device, name: string): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(name);
  await search.openPerson(name);
}

/** A session with somebody who comes again on a day. */
export async function logSession(device: Device, followUp: Date): Promise<void> {
  await new Services(device).begin("time_session");
  const sessions = new Sessions(device);
  await sessions.chip("session_topics", "Recepción e información").click();
  await sessions.chip("session_outcomes", "Nueva sesión programada").click();
  await sessions.chip("session_mode", "En oficina").click();
  await sessions.unfold();
  const date = device.page.getByRole("group", { name: label("session_follow_up_on") });
  const parts = { date_day: followUp.getDate(), date_month: followUp.getMonth() + 1, date_year: followUp.getFullYear() };
  for (const [part, number] of Object.entries(parts)) await date.getByLabel(say(part), { exact: true }).fill(String(number));
  await sessions.save.click();
  await expect(sessions.saved).toBeVisible();
}

/** Gives the person of the page a hygiene kit. */
export async function giveKit(device: Device): Promise<void> {
  await new Services(device).begin("time_give");
  await device.page.locator('input[name="give-type"][value="hygiene_kit"]').click();
  await device.page.locator("#give-quantity").fill("1");
  await device.page.getByRole("button", { name: say("give_save"), exact: true }).click();
  await expect(device.page).toHaveURL(/\/(assistance|people)\/[0-9a-f]+$/);
}

/** Refers them to the lawyers of another institution. */
export async function referOn(device: Device): Promise<void> {
  const refer = new Refer(device);
  await refer.begin();
  await refer.write({ sector: "legal", desk: "nrc_panama", urgency: "emergency", reason: "Necesita quien la represente.", share: ["name"] });
  await refer.show();
  await refer.agreed("Omaira Chanapi");
  await refer.send();
}
