// Every field of fields.csv can be entered, saved, left, opened again, carried to a second device and read back equal,
// at each stage that asks for it.
import type { Locator } from "@playwright/test";
import { FIELDS, type Field, STAGES, type Stage, field as fieldOf } from "../catalogue.ts";
import { collect } from "../deeds.ts";
import type { Device } from "../device.ts";
import { type Joined, expect, test } from "../fixtures.ts";
import { CASEWORKER_IN_METETI, COUNSELLOR_IN_PANAMA, type Staff } from "../office.ts";
import { type Answered, type Chosen, answer, readAll } from "../pages/answers.ts";
import { Frame } from "../pages/frame.ts";
import { Group, PersonPage } from "../pages/records.ts";
import { Register } from "../pages/register.ts";
import { Search } from "../pages/search.ts";
import { Unlock } from "../pages/unlock.ts";
import { drawnPicture } from "../pictures.ts";
import { escape, say, starting } from "../words.ts";

/** Counsellors are asked everything: some fields are for those alone who need to know. */
const COUNSELLOR_IN_METETI: Staff = { ...CASEWORKER_IN_METETI, name: "Nilda Caisamo", code: "MET-12", role: "counsellor" };

/** What hangs on a person, a card each. */
const ROWS = ["document", "need", "consent", "relative", "rsd", "resettlement", "assistance", "session", "referral"];
/** What happened is not edited once it is recorded: the form shows it. */
const EVENTS = ["assistance", "session"];

/** Asked by the table, but not by a form: nothing in this version closes a record. */
const WITH_NO_WAY = ["close_reason"];

/** Somebody of the family, by what decides what they are asked. */
interface Member {
  given: string;
  surname: string;
  sex: "F" | "M";
  born: [string, string, string];
  /** The age told in an emergency, where it decides what is asked. */
  age?: string;
  relationship?: string;
  /** Fields and rows that this one is not asked for, because one answer rules out another. */
  without: string[];
}

const WOMAN: Member = { given: "Zoraida", surname: "Quiñones", sex: "F", born: ["4", "5", "1996"], without: ["one_name", "needs_none"] };
const CHILD: Member = {
  given: "Iker",
  surname: "Ábrego",
  sex: "M",
  born: ["1", "2", "2020"],
  relationship: "SON",
  without: ["one_name"],
};
const GIRL: Member = {
  given: "",
  surname: "Wounaan",
  sex: "F",
  born: ["9", "8", "2010"],
  age: "16",
  relationship: "DAU",
  without: ["given_names", "middle_name", "surname2", "need"],
};
const MAN: Member = {
  given: "Eustaquio",
  surname: "Batista",
  sex: "M",
  born: ["7", "3", "1990"],
  relationship: "HUS",
  without: ["one_name", "surname2", "photo", "dob"],
};

/** Answers that other questions hang on. */
const CHOSEN: Chosen = {
  size: "5",
  count_f: "3",
  count_m: "2",
  count_children: "2",
  age_stated: "30",
  province: "PA-5",
};

/** Which rows of a kind there are, and the answers that decide what else they ask. */
const CHOSEN_IN_ROWS: Record<string, Chosen[]> = {
  document: [{ document_type: "PASSPORT" }],
  need: [{ need_code: "X-PE", need_state: "closed" }],
  consent: [
    { consent_purpose: "share_partner", consent_decision: "yes", consent_form: "signature" },
    { consent_purpose: "photo", consent_decision: "yes", consent_form: "spoken" },
    { consent_purpose: "contact", consent_decision: "withdrawn" },
  ],
  // The second one answers the first.
  referral: [{}, {}],
};

/** One field that fails does not hide the others. */
const softly = expect.configure({ soft: true });

/** One family, and what was answered on each of its cards: of the group, then of its people. */
class Answers {
  readonly cards: [string | RegExp, Answered[]][] = [];
  readonly register: Register;
  readonly stage: Stage;
  readonly members: [Member, ...Member[]];
  #picture: Buffer;

  constructor(device: Device, stage: Stage, members: [Member, ...Member[]], picture: Buffer) {
    this.register = new Register(device);
    this.stage = stage;
    this.members = members;
    this.#picture = picture;
  }

  /** Every answer. */
  get all(): Answered[] {
    return this.cards.flatMap(([, answered]) => answered);
  }

  /** Answers every question that somebody of this family is asked and nobody has answered yet. */
  async giveAll(): Promise<void> {
    const { register, stage, members } = this;
    await register.open();
    await register.aimAt(stage);
    // First who they are: what is asked of them hangs on that.
    for (const [at, member] of members.entries()) {
      if (at > 0) await register.addPerson();
      await this.introduce(member);
    }
    for (const member of members) {
      const name = nameOf(member);
      if (stage !== "e1") await register.show(name);
      const answered = await this.#answerAll("individual", member.without);
      this.cards.push([name, answered]);
      for (const kind of ROWS.filter((kind) => !member.without.includes(kind))) {
        for (const chosen of CHOSEN_IN_ROWS[kind] ?? [{}]) await this.#answerRow(kind, chosen, answered);
      }
    }
    if (stage !== "e1") await register.showPlace();
    this.cards.push([starting(say("place_title")), await this.#answerAll("group", [])]);
  }

  async introduce(member: Member): Promise<void> {
    const { register, stage } = this;
    if (member.given) await register.field("given_names").fill(member.given);
    else await register.field("one_name").check();
    await register.field("surname1").fill(member.surname);
    await register.answer("sex", member.sex).check();
    if (stage !== "e1" && !member.without.includes("dob")) await register.typeDate("dob", member.born);
    if (stage === "e1" && member.age) await register.field("age_stated").fill(member.age);
    if (member !== this.members[0] && member.relationship) await register.field("relationship").selectOption(member.relationship);
  }

  #asked(kind: string): Field[] {
    const given = this.all.map((it) => it.field.key);
    return asked(this.stage).filter((field) => field.kind === kind && !given.includes(field.key));
  }

  async #answerAll(kind: string, without: string[]): Promise<Answered[]> {
    const { register } = this;
    await openAll(register);
    const answered: Answered[] = [];
    const member = this.members[this.cards.length];
    for (const field of this.#asked(kind)) {
      if (without.includes(field.key) || !(await this.#isAsked(field, answered))) continue;
      answered.push(await this.#answer(field, kind === "individual" && member ? introduced(member) : {}));
    }
    return answered;
  }

  /** Whether a question stands on the card. What hangs on text shows a moment after the last letter. */
  async #isAsked(field: Field, answered: Answered[]): Promise<boolean> {
    const given = (key = "") => answered.some((it) => it.field.key === key);
    const [, sign, key] = /\b(empty|filled):(\w+)/.exec(field.when) ?? [];
    if (sign === "empty" && given(key)) return false;
    if (sign === "filled" && given(key)) await expect(this.register.field(field.key)).toBeVisible();
    return (await this.register.fields(field.key).count()) > 0;
  }

  async #answer(field: Field, introduced: Chosen): Promise<Answered> {
    if (field.key === "dob" && introduced.dob) {
      const id = (await this.register.field("dob").getAttribute("id")) ?? "";
      return { id, field, value: introduced.dob, shown: [] };
    }
    return answer(this.register, this.register.form, field, { ...CHOSEN, ...introduced }, this.#picture);
  }

  /** Adds a row and answers what no other one was asked. What decides that is answered first. */
  async #answerRow(kind: string, chosen: Chosen, answered: Answered[]): Promise<void> {
    const { register } = this;
    if (this.#asked(kind).length === 0) return;
    const row = await register.addRow(kind);
    const put = async (field: Field) => answered.push(await answer(register, row, field, chosen, this.#picture));
    for (const key of Object.keys(chosen)) await put(fieldOf(key));
    for (const field of this.#asked(kind)) {
      const input = register.fields(field.key, row);
      if ((await input.count()) > 0 && (await offers(input))) await put(field);
    }
  }

  /** Every input holds what was put into it. */
  async expectHeld(on: Device, recorded: boolean): Promise<void> {
    const register = new Register(on);
    await register.aimAt(this.stage);
    for (const [card, answered] of this.cards) {
      if (this.stage !== "e1") await register.show(card);
      const inputs = answered.filter((it) => !recorded || !(EVENTS.includes(it.field.kind) || it.field.key === "age_stated"));
      const differing = async () => {
        const held = await readAll(register);
        const wrong = inputs.filter((it) => held[it.id] !== it.value);
        return wrong.map((it) => `${it.field.key}: ${held[it.id]} instead of ${it.value}`);
      };
      const what = `${this.stage}, card of ${card}, ${recorded ? "recorded" : "draft"}`;
      await softly.poll(differing, { message: what, timeout: 20_000 }).toEqual([]);
      for (const it of answered.filter((it) => EVENTS.includes(it.field.kind) && recorded)) await expectShown(register, it);
      const age = answered.find((it) => it.field.key === "age_stated" && recorded);
      if (age) {
        // An age that was told is kept as a date of birth of that precision, and asked for as such.
        await register.aimAt("e2");
        await register.show(card);
        await softly(register.field("dob"), "age_stated").toHaveValue(age.value);
        await register.aimAt(this.stage);
      }
    }
  }
}

/** There is something to choose: other records are offered once there are some. */
async function offers(input: Locator): Promise<boolean> {
  return input.evaluate((it) => !(it instanceof HTMLSelectElement) || it.options.length > 1);
}

/** What is recorded of an event says what was answered. */
async function expectShown(register: Register, event: Answered): Promise<void> {
  const record = event.id.slice(-12);
  const facts = register.form.locator(`article[id^="row-"][id$="${record}"] dl.facts > div`);
  const fact = facts.filter({ has: register.page.getByText(event.field.label_es, { exact: true }) }).getByRole("definition");
  for (const piece of event.shown) await softly(fact, event.field.key).toContainText(piece);
}

function nameOf(member: Member): RegExp {
  return new RegExp(`(^|\\s)${escape([member.given, member.surname].filter(Boolean).join(" "))}`);
}

/** What somebody was introduced with. */
function introduced(member: Member): Chosen {
  const { given, surname, sex, born, age, relationship = "" } = member;
  const told: Chosen = age ? { age_stated: age } : {};
  return { given_names: given, surname1: surname, sex, dob: born.join("/"), relationship, ...told };
}

/** Every field that a form asks for at a stage. */
function asked(stage: Stage): Field[] {
  const marks = (field: Field) => ["R", "O"].includes(field[stage] ?? "") && field.number !== "" && field.type !== "auto";
  // Who speaks for the group is chosen among its people, not by an input.
  return FIELDS.filter((field) => marks(field) && field.key !== "focal_point" && !WITH_NO_WAY.includes(field.key));
}

/** Opens everything that may be answered and need not. */
async function openAll(register: Register): Promise<void> {
  const title = register.page.getByText(say("sections_more"), { exact: true });
  const more = register.form.locator("div.section").filter({ has: title });
  const closed = more.getByRole("button");
  for (let left = await closed.count(); left > 0; left -= 1) {
    await closed.first().click();
    await expect(closed).toHaveCount(left - 1);
  }
}

/** Which families are registered at a stage: in an emergency only one person of each is asked anything. */
const FAMILIES: Record<Stage, [Member, ...Member[]][]> = {
  e1: [[WOMAN], [GIRL]],
  e2: [[WOMAN, CHILD, GIRL, MAN]],
  full: [[WOMAN, CHILD, GIRL, MAN]],
};

/** Leaves the form, locks the device, unlocks it and opens the draft again. */
async function leaveAndReturn({ device, passphrase }: Joined, draft: RegExp): Promise<void> {
  await device.page.getByRole("button", { name: say("go_on_later") }).click();
  await expect(device.page.getByRole("heading", { name: say("home_search_first") })).toBeVisible();
  await new Frame(device).lock();
  await new Unlock(device).open(passphrase);
  await device.page.getByRole("region", { name: say("drafts") }).getByRole("link", { name: draft }).click();
  await expect(new Register(device).form).toBeVisible();
}

/** Finds somebody of the family and opens the questions about it. */
async function openForm(device: Device, member: Member): Promise<void> {
  const search = new Search(device);
  await search.open();
  await search.look([member.given, member.surname].filter(Boolean).join(" "));
  await search.found.getByRole("link", { name: nameOf(member) }).first().click();
  await new PersonPage(device).openGroup();
  await new Group(device).correct();
}

for (const stage of STAGES) {
  test(`every field asked at stage ${stage} is entered, left, saved, opened again and read equal on a second device`, async ({
    joined,
  }) => {
    test.setTimeout(420_000);
    const first = await joined(COUNSELLOR_IN_METETI);
    const second = await joined(COUNSELLOR_IN_PANAMA);
    const { device } = first;
    await device.offline();
    const picture = await drawnPicture(device);
    const families: Answers[] = [];
    for (const members of FAMILIES[stage]) {
      const answers = new Answers(device, stage, members, picture);
      families.push(answers);
      await answers.giveAll();
      await leaveAndReturn(first, nameOf(members[0]));
      await answers.expectHeld(device, false);
      await answers.register.saveAnyway();
      await openForm(device, members[0]);
      await answers.expectHeld(device, true);
    }
    const given = new Set(families.flatMap((family) => family.all.map((it) => it.field.key)));
    const missed = asked(stage).filter((field) => !given.has(field.key));
    expect.soft(missed.map((field) => field.key), "asked by the table, and by no form").toEqual([]);

    const pictures = families.some((family) => family.all.some((it) => it.value === "picture"));
    const sent = pictures ? device.line.next("/api/chunks_put") : undefined;
    await device.online();
    await new Frame(device).expectUnsent(0);
    await sent;
    await collect(second, FAMILIES[stage].flat().length);
    for (const family of families) {
      await openForm(second.device, family.members[0]);
      await family.expectHeld(second.device, true);
    }
  });
}
