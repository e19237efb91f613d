// Taking services out as a file: with no line, for a reason, without names unless somebody says why; and the log tells.
import { type Locator, expect as see } from "@playwright/test";
import { readFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { registerWithLine } from "../deeds.ts";
import { PHONE, TABLET, type Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, expectNothingClipped, expectRoomForFingers, picture } from "../looks.ts";
import { Markers } from "../markers.ts";
import { CASEWORKER_IN_METETI, type Staff } from "../office.ts";
import { Frame } from "../pages/frame.ts";
import { Outbox } from "../pages/outbox.ts";
import { Search } from "../pages/search.ts";
import { Sessions } from "../pages/sessions.ts";
import { nameOf } from "../people.ts";
import { follow, lockedIn, unlock } from "../views.ts";
import { count, pattern, say } from "../words.ts";

const SUPERVISOR: Staff = { name: "Eusebia Chami", code: "MET-01", role: "supervisor", site: "meteti" };
const ADMINISTRATOR: Staff = { name: "Aracelis Him", code: "ADM-01", role: "administrator", site: "panama" };
const AUDITOR: Staff = { name: "Noris Ábrego", code: "AUD-01", role: "auditor", site: "panama" };
const REASON = "Informe del mes para la dirección";
const NAMES_REASON = "Lista de firmas que pide el donante";

class Export extends Frame {
  async open(): Promise<void> {
    await follow(this.device, "/export");
    await expect(this.title).toHaveText(say("export_title"));
  }

  get start(): Locator {
    return this.page.getByRole("main").getByRole("button", { name: say("export_title"), exact: true });
  }

  choose(key: string): Locator {
    return this.page.getByLabel(say(key), { exact: true });
  }

  /** Exports, and gives the file's name and bytes. */
  async file(): Promise<{ name: string; bytes: Buffer }> {
    const [download] = await Promise.all([this.page.waitForEvent("download"), this.start.click()]);
    await expect(this.page.getByText(count("export_done", 1))).toBeVisible();
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
  }
}

/** The files of a workbook, which is a ZIP: read from its directory, at the end. */
function unpacked(zip: Buffer): Map<string, string> {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  see(end).toBeGreaterThan(0);
  const files = new Map<string, string>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    see(zip.readUInt32LE(at)).toBe(0x02014b50);
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((part) => zip.readUInt16LE(at + part)) as [number, number, number];
    const local = zip.readUInt32LE(at + 42);
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const packed = zip.subarray(from, from + size);
    files.set(zip.toString("utf8", at + 46, at + 46 + name), (method === 0 ? packed : inflateRawSync(packed)).toString("utf8"));
    at += 46 + name + extra + comment;
  }
  return files;
}

/** The rows of a workbook's sheet: text as text, numbers as numbers. */
function cells(zip: Buffer): (string | number | undefined)[][] {
  const files = unpacked(zip);
  const plain = (xml: string): string => xml.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  const shared = [...(files.get("xl/sharedStrings.xml") ?? "").matchAll(/<si><t[^>]*>([^<]*)<\/t><\/si>/g)].map(([, text]) => plain(text ?? ""));
  const sheet = files.get("xl/worksheets/sheet1.xml") ?? "";
  return [...sheet.matchAll(/<row [^>]*>(.*?)<\/row>/gs)].map(([, row]) => {
    const found: (string | number | undefined)[] = [];
    for (const [, letters = "", rest = "", value = ""] of (row ?? "").matchAll(/<c r="([A-Z]+)\d+"([^>]*)><v>([^<]*)<\/v><\/c>/g)) {
      const column = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
      found[column] = rest.includes('t="s"') ? shared[Number(value)] : Number(value);
    }
    return found;
  });
}

async function send(device: Device): Promise<void> {
  const outbox = new Outbox(device);
  await outbox.open();
  await outbox.sendNow();
  await expect(device.page.getByText(pattern("outbox_reached")).first()).toBeVisible();
}

test("a supervisor exports with no line, says why, no name leaves unless asked for, and the log tells of each file", async ({ joined }) => {
  test.setTimeout(180_000);
  const { device, passphrase } = await joined(SUPERVISOR, { viewport: { width: 1280, height: 800 } });
  const { page } = device;
  const markers = new Markers(4711);
  const family = markers.family(2);
  const [focal] = family.people;
  const group = await registerWithLine(device, family);
  const search = new Search(device);
  await search.open();
  await search.look(`${focal.given} ${focal.surname1}`);
  await search.openPerson(nameOf(focal));
  const sessions = new Sessions(device);
  await sessions.begin.click();
  await sessions.chip("session_topics", "Recepción e información").click();
  await sessions.chip("session_outcomes", "Información entregada").click();
  await sessions.chip("session_mode", "En oficina").click();
  await sessions.save.click();
  await expect(sessions.saved).toBeVisible();
  await device.offline();

  const work = new Export(device);
  await work.open();
  await work.start.click();
  const summary = page.getByRole("alert").filter({ has: page.getByRole("heading") });
  await expect(summary.getByRole("link")).toHaveText([say("export_fault_what"), say("export_fault_why")]);
  await summary.getByRole("link").first().click();
  await expect(work.choose("export_kind_session")).toBeFocused();
  await work.choose("export_kind_session").check();
  await work.choose("export_kind_assistance").check();
  await work.choose("export_why").fill("informe");
  await work.start.click();
  await expect(summary.getByRole("link")).toHaveText([say("export_fault_why")]);
  await work.choose("export_why").fill(REASON);

  const csv = await work.file();
  expect(csv.name).toMatch(/^amparo-servicios-\d{4}-\d\d-\d\d\.csv$/);
  const text = csv.bytes.toString("utf8");
  const [head = "", tags = "", row = "", ...rest] = text.split("\r\n");
  expect([head.charCodeAt(0), ...rest]).toEqual([0xfeff, ""]);
  expect(head).toContain(`${say("export_col_date")},${say("export_col_person")},${say("export_col_sex")}`);
  expect(tags).toContain("#date+provided,#meta+id+person,#affected+ind+sex");
  expect(row).toMatch(/,\d{4}-\d\d-\d\d,1,/);
  expect(row).toContain("Recepción e información");
  expect(row).toContain("Información entregada");

  await work.choose("export_xlsx").check();
  const xlsx = await work.file();
  expect(xlsx.name).toMatch(/^amparo-servicios-\d{4}-\d\d-\d\d\.xlsx$/);
  const rows = cells(xlsx.bytes);
  const people = rows[0]?.indexOf(say("export_col_people")) ?? -1;
  expect([rows.length, rows[1]?.[people], rows[2]?.[people], typeof rows[2]?.[1]]).toEqual([3, "#reached+ind", 1, "number"]);

  const id = group.split("/").at(-1) ?? "";
  const inside = [text, ...unpacked(xlsx.bytes).values()].join("\n").toLowerCase();
  for (const secret of [...markers.words, id, id.replaceAll("-", "")]) expect(inside).not.toContain(secret);

  // Names only after a second reason.
  await work.choose("export_names").check();
  await work.start.click();
  await expect(summary.getByRole("link")).toHaveText([say("export_fault_why")]);
  await expectAccessible(page, "export, something wrong");
  await picture(page, "export-faults");
  await work.choose("export_names_why").fill(NAMES_REASON);
  const named = cells((await work.file()).bytes);
  expect(named[2]?.[named[0]?.indexOf(say("export_col_name")) ?? -1]).toContain(focal.surname1);
  await picture(page, "export-done");
  // A period in which nothing was done makes no file, and no line.
  await work.choose("export_from").fill("2020-01-01");
  await work.choose("export_to").fill("2020-01-31");
  await work.start.click();
  await expect(page.getByText(say("export_nothing"))).toBeVisible();

  for (const language of ["es", "ar"] as const) {
    await lockedIn(device, language);
    await unlock(device, passphrase);
    for (const [screen, viewport] of [["tablet", TABLET], ["phone", PHONE]] as const) {
      await page.setViewportSize(viewport);
      for (const colorScheme of language === "ar" ? (["light"] as const) : (["light", "dark"] as const)) {
        await page.emulateMedia({ colorScheme });
        await follow(device, "/export");
        const name = `export-${screen}-${colorScheme}-${language}`;
        await expectAccessible(page, name);
        await expectNoSidewaysScroll(page, name);
        await expectNothingClipped(page, name);
        if (screen === "phone") await expectRoomForFingers(page, name);
        await picture(page, name);
      }
    }
  }
  await lockedIn(device, "es");
  await unlock(device, passphrase);
  await device.online();
  await send(device);

  const auditor = await joined(AUDITOR);
  const log = auditor.device.page;
  await follow(auditor.device, "/audit");
  const lines = log.getByRole("list", { name: say("audit_title") }).getByRole("listitem");
  const told = lines.filter({ hasText: say("audit_exported") }).filter({ hasText: SUPERVISOR.name });
  await expect(told).toHaveCount(3);
  await expect(told.filter({ hasText: say("audit_export_plain") })).toHaveCount(2);
  await expect(told.filter({ hasText: `${say("audit_export_named")}, ${say("audit_export_assistance")}` })).toHaveCount(1);
  await expect(told.filter({ hasText: NAMES_REASON })).toHaveCount(1);
  for (const line of await told.all()) {
    await expect(line).toContainText(say("audit_export_session"));
    await expect(line).toContainText(count("audit_export_rows", 1));
    await expect(line).toContainText(REASON);
  }
  await picture(log, "export-audit");
  const shown = (await log.content()).toLowerCase();
  for (const secret of markers.words) expect(shown).not.toContain(secret);
});

test("whoever does not answer for what leaves exports nothing, and is told so", async ({ joined }) => {
  for (const [staff, said] of [[CASEWORKER_IN_METETI, "export_not_yours"], [ADMINISTRATOR, "export_no_records"]] as const) {
    const { device } = await joined(staff);
    const work = new Export(device);
    await work.open();
    await expect(device.page.getByText(say(said))).toBeVisible();
    await expect(work.start).toHaveCount(0);
    await expectAccessible(device.page, said);
  }
});
