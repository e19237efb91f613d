// An office changes what is asked and offered, with no new version of the app: tablets pick it up by themselves.
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Locator } from "@playwright/test";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, type Office } from "../office.ts";
import { Outbox } from "../pages/outbox.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { type Family, nameOf } from "../people.ts";
import { say } from "../words.ts";

const ZULMA: Family = { people: [{ given: "Zulma", surname1: "Ortega", sex: "U", born: "1991" }] };

/** Puts a table beside the running server, as the office does, and gives what was said. */
async function put(office: Office, table: string, text: string): Promise<string> {
  const file = join(office.data, `${table}-mine.csv`);
  writeFileSync(file, text);
  const words = ["tables", "put", table, file, "--data", office.data];
  const { stdout } = await promisify(execFile)(process.env.AMPARO_BIN ?? "", words);
  return stdout.trim();
}

/** What the device holds of the office's tables in its reference store. */
async function held(device: Device, table: string): Promise<string> {
  return device.page.evaluate(
    (name) =>
      new Promise<string>((done, failed) => {
        const opened = indexedDB.open("reference");
        opened.onerror = () => failed(opened.error);
        opened.onsuccess = () => {
          const asked = opened.result.transaction("texts").objectStore("texts").get(name);
          asked.onsuccess = () => {
            opened.result.close();
            done(asked.result ?? "");
          };
          asked.onerror = () => failed(asked.error);
        };
      }),
    `office/${table}`,
  );
}

/** A code of sex as something to choose, whatever the question looks like: it is the one that offers `F`. */
function offered(device: Device, code: string): Locator {
  const choice = (value: string) => device.page.locator(`input[type="radio"][value="${value}"], option[value="${value}"]`);
  const question = device.page.locator("fieldset, select").filter({ has: choice("F") }).last();
  return question.locator(choice(code));
}

/** Registers somebody with what there is: the rest is asked another day. */
async function registerAsIs(device: Device, family: Family): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(family.people[0].surname1);
  await search.expectNobody();
  await search.registerNew();
  const register = new Register(device);
  await register.typeFamily(family);
  await register.saveButton.click();
  await device.page.getByRole("button", { name: say("save_as_is") }).click();
  await register.saved();
}

/** Opens the page of somebody who was registered. */
async function openPerson(device: Device, family: Family): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look(family.people[0].surname1);
  await search.openPerson(nameOf(family.people[0]));
}

test("a list that the office changed is offered as it is now, and what was recorded stays readable", async ({
  joined,
  office,
}) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  const main = device.page.getByRole("main");
  await registerAsIs(device, ZULMA);
  await openPerson(device, ZULMA);
  await expect(main.getByText("Desconocido", { exact: true })).toBeVisible();

  // A programme, a field of it, a value renamed, one withdrawn, one added, and one for another country.
  const lists = [
    "list,code,order,label_es,label_en,scope,retired",
    "programme,winter,90,Abrigo,Winter,,",
    "sex,F,,Mujer o niña,,operation:PA,",
    "sex,U,,,,,1",
    "sex,I,5,Intersexual,Intersex,,",
    "sex,CO1,6,Solo en Colombia,In Colombia,site:georgetown,",
  ].join("\n");
  expect(await put(office, "lists", lists)).toBe("lists: the office holds 5 rows.");
  const fields = [
    "number,kind,key,section,type,self,e1,e2,full,sensitivity,label_es,scope",
    "10001,individual,shoe_size,identity,int,-,O,O,O,restricted,Talla de calzado,programme:winter",
  ].join("\n");
  await put(office, "fields", fields);

  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect.poll(() => held(device, "fields")).toContain("shoe_size");
  expect(await held(device, "lists")).toContain("Intersexual");

  await openPerson(device, ZULMA);
  await expect(main.getByText("Desconocido", { exact: true })).toBeVisible();
  await checkForm(device);

  // Offline and from the beginning: it lies on the device.
  await device.offline();
  await device.visit("/");
  await new Unlock(device).open(passphrase);
  await checkForm(device);

  // Taken out of the office's own file, a code is not forgotten.
  await device.online();
  expect(await put(office, "lists", lists.replace(/^sex,I.*\n/m, ""))).toContain("1 of them retired");
  await outbox.open();
  await outbox.sendNow();
  await expect.poll(() => held(device, "lists")).toMatch(/^sex,I,5,Intersexual,Intersex,,1$/m);
  await new Register(device).open();
  await expect(offered(device, "F")).toHaveCount(1);
  await expect(offered(device, "I")).toHaveCount(0);
});

async function checkForm(device: Device): Promise<void> {
  await new Register(device).open();
  await expect(offered(device, "I")).toHaveCount(1);
  await expect(offered(device, "F")).toHaveCount(1);
  await expect(device.page.getByText("Mujer o niña", { exact: true })).toBeVisible();
  await expect(offered(device, "U")).toHaveCount(0);
  await expect(offered(device, "CO1")).toHaveCount(0);
}

test("a file with a fault changes nothing, at the office or on a tablet", async ({ joined, office }) => {
  const { device } = await joined(CASEWORKER_IN_METETI);
  const fault = put(office, "lists", "list,code,label_es\nsex,I,Intersexual\nsex,Q,\n");
  await expect(fault).rejects.toThrow(/line 3, column label_es: this must be filled in/);
  const outbox = new Outbox(device);
  await outbox.open();
  const told = device.line.next("/api/office_tables");
  await outbox.sendNow();
  await told;
  expect(await held(device, "lists")).toBe("");
});
