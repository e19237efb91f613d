// The demo caseload: what an office with thousands of people looks like to its caseworkers.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { expect, test } from "../fixtures.ts";
import { Office } from "../office.ts";
import { Enrol } from "../pages/enrol.ts";
import { Search } from "../pages/search.ts";
import { count } from "../words.ts";

interface Recorded {
  household_id: string;
  site: string;
  given_names: string;
  family_names: string;
  phone: string | null;
  document: { number: string } | null;
}

const file = new URL("../../server-fn/demo/population.jsonl.gz", import.meta.url);
const population = gunzipSync(readFileSync(file))
  .toString("utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Recorded);

/** What the data's README says of the operation of Panama, site by site. */
const PANAMA = { "Ciudad de Panamá": 1396, "Metetí, Darién": 368, David: 285 };
const IN_REACH = Object.values(PANAMA).reduce((sum, people) => sum + people, 0);

test("the caseload is as large as its description says", () => {
  expect(population.length).toBe(7890);
  expect(new Set(population.map((it) => it.household_id)).size).toBe(5575);
  for (const [site, people] of Object.entries(PANAMA)) {
    expect(population.filter((it) => it.site === site).length, site).toBe(people);
  }
});

test("a caseworker's tablet collects everybody in reach and nobody else, and finds them by any of their data", async ({
  unpack,
}) => {
  const office = await Office.open({ demo: true });
  try {
    await office.says(/^Loaded 7890 people in 5575 groups/m);
    const device = await unpack({}, office);
    await new Enrol(device).join(await office.invitation("caseworker-meteti"));
    await expect(device.page.getByText(count("home_here", IN_REACH))).toBeVisible({ timeout: 60_000 });

    const search = new Search(device);
    await search.open();
    const sample = population.filter((it) => it.site in PANAMA && it.document).filter((_, at) => at % 97 === 0);
    expect(sample.length).toBeGreaterThan(5);
    for (const person of sample) {
      await search.look(person.document?.number ?? "");
      await expect(search.found.first()).toContainText(person.given_names);
      await expect(search.found.first()).toContainText(person.family_names);
    }
    // A name typed from its end, without accents, finds the person too.
    const [first] = sample;
    const plain = `${first?.family_names} ${first?.given_names}`.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    await search.look(plain);
    await expect(search.found.filter({ hasText: first?.given_names ?? "" }).first()).toContainText(first?.family_names ?? "");
    // Somebody of another operation is not here.
    const foreign = population.find((it) => it.site === "Georgetown" && it.document);
    await search.look(foreign?.document?.number ?? "");
    await search.expectNobody();
  } finally {
    await office.close();
  }
});
