// Codes before the tablet's camera: off a slip of paper, off another screen, one after the other, and out of a photograph.
import { Scene } from "../camera.ts";
import { registerWithLine } from "../deeds.ts";
import type { Device } from "../device.ts";
import { expect, test } from "../fixtures.ts";
import { expectAccessible, expectNoSidewaysScroll, picture } from "../looks.ts";
import { COUNSELLOR_IN_PANAMA, Office } from "../office.ts";
import { Search } from "../pages/search.ts";
import { Sessions } from "../pages/sessions.ts";
import { type Family, nameOf } from "../people.ts";
import { count, say } from "../words.ts";

const FAMILY: Family = {
  people: [
    { given: "Eneida", surname1: "Chirú", sex: "F", born: "1988" },
    { given: "Abel", surname1: "Chirú", sex: "M", born: "2015", relationship: "SON" },
  ],
};

/** What the bench page's program knows of codes. */
interface Bench {
  still_code(bytes: Uint8Array): string;
  code_frame(bytes: Uint8Array, nth: number): string;
  drawn_code(text: string): string;
}

/** What another screen shows. */
type Shown = { text: string } | { still: number } | { bytes: number; nth: number };

/** Opens the bench page, whose program draws codes with the functions of the app, and then with no line. */
async function visitBench(device: Device): Promise<void> {
  await device.visit("/bench.html");
  await device.page.evaluate(async () => {
    const find = async (address: string, what: RegExp) => what.exec(await (await fetch(address)).text())?.[1] ?? "";
    const script = await find("/bench.html", /"(\/start-bench[^"]*\.js)"/);
    await import(script);
    Object.assign(globalThis, { bench: await import(await find(script, /from "(\/bench[^"]*\.js)"/)) });
  });
  await device.offline();
}

/** Shows a code. */
async function draw(device: Device, shown: Shown): Promise<void> {
  await device.page.evaluate((shown) => {
    const app = (globalThis as unknown as { bench: Bench }).bench;
    const bytes = (length: number) => Uint8Array.from({ length }, (_, at) => (at * 2654435761) >>> 24);
    const text =
      "text" in shown
        ? shown.text
        : "still" in shown
          ? app.still_code(bytes(shown.still))
          : app.code_frame(bytes(shown.bytes), shown.nth);
    const [size = "", path = ""] = app.drawn_code(text).split(/ (.*)/s);
    const make = (name: string, attributes: Record<string, string>) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
      return element;
    };
    const code = make("svg", { viewBox: `0 0 ${size} ${size}`, width: "700", height: "700" });
    code.append(make("rect", { width: size, height: size, fill: "white" }), make("path", { d: path }));
    document.body.replaceChildren(code);
  }, shown);
}

test("codes of a slip, of a screen and of a sequence are read with no line, and each that does not belong says so", async ({ joined, unpack }) => {
  const site = process.env.AMPARO_SITE_BENCH;
  test.skip(!site, "AMPARO_SITE_BENCH is not set");
  test.setTimeout(180_000);
  const elsewhere = await Office.open(site ? { site } : {});
  const phone = await unpack({ viewport: { width: 720, height: 740 } }, elsewhere);
  await visitBench(phone);
  const code = phone.page.locator("svg");
  const scene = await Scene.dark(phone);

  const { device, passphrase } = await joined(COUNSELLOR_IN_PANAMA, { camera: scene.file });
  await registerWithLine(device, FAMILY);
  const search = new Search(device);
  await search.open();
  await search.look(nameOf(FAMILY.people[0]));
  await search.openPerson(nameOf(FAMILY.people[0]));
  const reference = await device.page.getByRole("main").locator("h1 ~ .line .code").innerText();
  await device.settled();
  await device.offline();

  const sessions = new Sessions(device);
  await sessions.visit("/sessions", passphrase);
  await device.page.getByRole("link", { name: say("session_new"), exact: true }).click();
  await device.page.getByRole("link", { name: say("session_group_title"), exact: true }).click();
  const scan = device.page.getByRole("button", { name: say("finder_scan"), exact: true });
  const video = device.page.locator("video");
  const said = device.page.locator(".scanner [role=alert]");

  // Nothing to see yet.
  await scan.click();
  await expect(video).toBeVisible();
  await expect(device.page.getByText(say("scanner_aim"))).toBeVisible();
  await expectAccessible(device.page, "the camera looks for a code");
  await expectNoSidewaysScroll(device.page, "the camera looks for a code");
  await picture(device.page, "scanner-looking");
  await device.page.getByRole("button", { name: say("camera_close"), exact: true }).click();
  await expect(video).toHaveCount(0);

  // A slip's code finds its family as if it had been typed.
  await draw(phone, { text: reference });
  await scene.showCode(code);
  await scan.click();
  await expect(device.page.getByText(count("finder_family", 2))).toBeVisible();
  await expect(video).toHaveCount(0);
  await sessions.finder.fill("");

  // One still code of 800 bytes, and a sequence of five pieces that is joined in its middle. They are no slips of paper.
  await draw(phone, { still: 800 });
  await scene.showCode(code);
  await scan.click();
  await expect(said).toHaveText(say("scanner_elsewhere"));
  await expect(video).toHaveCount(0);
  await scene.film(code, 8, (nth) => draw(phone, { bytes: 1000, nth: nth + 3 }));
  await scan.click();
  await expect(said).toHaveText("");
  await expect(device.page.locator("progress")).toHaveAttribute("max", "5");
  await picture(device.page, "scanner-parts");
  await expect(said).toHaveText(say("scanner_elsewhere"));
  await expect(video).toHaveCount(0);

  // Of a later version.
  await draw(phone, { text: "AMPARO2:%69 VD92EX0" });
  await scene.showCode(code);
  await scan.click();
  await expect(said).toHaveText(say("scanner_newer"));

  // Photographs: of nothing, of one part, of the slip.
  const file = device.page.locator(".scanner input[type=file]");
  const photo = async () => ({ name: "foto.png", mimeType: "image/png", buffer: await code.screenshot() });
  await file.setInputFiles({ name: "nada.png", mimeType: "image/png", buffer: await device.page.screenshot() });
  await expect(said).toHaveText(say("scanner_nothing"));
  await expect(video).toHaveCount(0);
  await scan.click();
  await draw(phone, { bytes: 1000, nth: 2 });
  await file.setInputFiles(await photo());
  await expect(said).toHaveText(say("scanner_part"));
  await scan.click();
  await draw(phone, { text: reference });
  await file.setInputFiles(await photo());
  await expect(device.page.getByText(count("finder_family", 2))).toBeVisible();

  await scene.end();
  await phone.dispose();
  await elsewhere.close();
});
