// With no line at all, every page comes up as if nothing were missing.
import { registerWithNoLine } from "../deeds.ts";
import { expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI } from "../office.ts";
import { PersonPage, Group } from "../pages/records.ts";
import { Unlock } from "../pages/unlock.ts";
import { MARQUEZ, nameOf } from "../people.ts";
import { say } from "../words.ts";

test("after one visit every page of both doors loads again with no line and no server", async ({ joined, office }) => {
  const { device, passphrase } = await joined(CASEWORKER_IN_METETI);
  await device.offline();
  await office.stop();
  // Nothing may come from the browser's own cache either: it can be emptied at any time.
  await (await device.inside()).send("Network.clearBrowserCache");

  const group = await registerWithNoLine(device, MARQUEZ);
  const frame = new Group(device);
  const name = nameOf(MARQUEZ.people[0]);
  await device.page.getByRole("link", { name: say("family_see") }).click();
  await frame.openPerson(name);
  const person = new URL(device.page.url()).pathname;

  const pages: [string, string][] = [
    ["/", say("home_search_first")],
    ["/search", say("nav_search")],
    ["/register", say("register_family")],
    [group, `${say("family")} ${name}`],
    [person, name],
    [`${group}/edit?person=${person.replace("/people/", "")}`, say("complete_family")],
    [`${group}/slip`, say("slip_title")],
    [`${group}/consents`, say("consents_copy")],
    [`${group}/regroup`, say("regroup_title")],
    ["/outbox", say("nav_outbox")],
    ["/settings", say("nav_settings")],
  ];
  for (const [path, heading] of pages) {
    await test.step(path.replace(/[0-9a-f-]{30,}/, "…"), async () => {
      await device.visit(path);
      await new Unlock(device).open(passphrase);
      await expect(device.page.getByRole("heading", { name: heading }).first()).toBeVisible();
    });
  }
  await test.step("/enrol", async () => {
    await device.visit("/enrol");
    await expect(frame.title).toHaveText(say("enrol_title"));
  });
  await test.step("an address that leads nowhere", async () => {
    await device.visit("/nowhere");
    await expect(frame.title).toHaveText(say("missing_title"));
  });
  await device.visit(person);
  await new Unlock(device).open(passphrase);
  await expect(new PersonPage(device).fact("phone")).toHaveText("+584145550147");
});
