// The browser is killed at any moment while the app's own store saves: what was said to be saved is there.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Dice, tell, times } from "../../dice.ts";
import type { Faults } from "../../faults.ts";
import { expect, test } from "../../fixtures.ts";
import { dead } from "../../line.ts";
import { CASEWORKER_IN_METETI, CASEWORKER_IN_PANAMA, Office } from "../../office.ts";
import { Saver, moment } from "../../saver.ts";

/** Kills of one tablet before another one takes its turn: what it holds grows, and with it the time to look at it. */
const KILLS_A_TABLET = 25;

interface Lived {
  kills: number;
  acknowledged: number;
  /** Saved, though the page died before it could say so. */
  unsaid: number;
  /** How often the browser threw its whole database away after a kill, and the app put it together again. */
  recoveries: number;
}

/** One tablet: killed so often, looked at each time, and at the end everything it saved is on the server, once. */
async function live(site: string, faults: Faults, dice: Dice, kills: number, saves: number): Promise<Lived> {
  const office = await Office.open({ site });
  const savers: Saver[] = [];
  try {
    const saver = await Saver.unpack(office, faults);
    savers.push(saver);
    await saver.start();
    await saver.join(CASEWORKER_IN_METETI);
    for (let kill = 0; kill < kills; kill += 1) {
      const from = saver.next;
      // With the line and without it.
      saver.begin(dice.happens(0.7));
      await saver.dieAfter(...moment(dice, saves));
      await saver.rise();
      await saver.look(from);
    }
    const here = await saver.look(0);
    await saver.deliverAll();
    // Asked of the server's own books, and of a colleague who collects all of it.
    const { stdout } = await promisify(execFile)(process.env.AMPARO_BIN ?? "", ["verify", "--data", office.data]);
    expect(stdout).toContain("Everything is as it was written.");
    expect(Number(/Looked at (\d+) entries/.exec(stdout)?.[1]), "entries on the server, each once").toBe(here);
    const colleague = await Saver.unpack(office, faults);
    savers.push(colleague);
    await colleague.start();
    await colleague.join(CASEWORKER_IN_PANAMA);
    const collected = await colleague.collected(saver.next);
    expect([...saver.acknowledged].filter((number) => !collected.has(number)), "lost").toEqual([]);
    expect(collected.size).toBe(here);
    const { acknowledged, recoveries } = saver;
    return { kills, acknowledged: acknowledged.size, unsaid: here - acknowledged.size, recoveries };
  } finally {
    for (const saver of savers) await saver.device.dispose();
    await office.close();
  }
}

test("nothing that was acknowledged is lost however often the browser is killed while it saves", async ({ faults }) => {
  const site = process.env.AMPARO_SITE_BENCH;
  test.skip(!site, "AMPARO_SITE_BENCH is not set");
  const kills = times("AMPARO_KILLS", 10);
  const saves = times("AMPARO_SAVES_A_KILL", 25);
  const lanes = times("AMPARO_LANES", 1);
  test.setTimeout(60_000 + kills * 15_000);
  const dice = new Dice(Dice.seed());
  const began = Date.now();
  const left = Array.from({ length: Math.ceil(kills / KILLS_A_TABLET) }, (_, nth) => ({
    nth,
    kills: Math.min(KILLS_A_TABLET, kills - nth * KILLS_A_TABLET),
  }));
  const sum: Lived = { kills: 0, acknowledged: 0, unsaid: 0, recoveries: 0 };
  const lane = async () => {
    for (let turn = left.shift(); turn; turn = left.shift()) {
      const lived = await live(site ?? "", faults, dice.another(turn.nth), turn.kills, saves);
      sum.kills += lived.kills;
      sum.acknowledged += lived.acknowledged;
      sum.unsaid += lived.unsaid;
      sum.recoveries += lived.recoveries;
    }
  };
  try {
    await Promise.all(Array.from({ length: lanes }, lane));
  } catch (fault) {
    console.log(`seed ${dice.seed}, after ${sum.kills} kills`);
    throw fault;
  }
  const { acknowledged, unsaid, recoveries } = sum;
  tell(
    "browser killed while it saves",
    `${sum.kills} kills, ${acknowledged} saves acknowledged, 0 lost, 0 double, 0 torn; ${unsaid} saved unsaid, ${recoveries} databases thrown away by the browser and put back`,
    dice.seed,
    began,
  );
});

test("a log that ends in a bare header, for which the browser throws its database away one start later, costs nothing", async ({ faults }) => {
  const site = process.env.AMPARO_SITE_BENCH;
  test.skip(!site, "AMPARO_SITE_BENCH is not set");
  const office = await Office.open(site ? { site } : {});
  const saver = await Saver.unpack(office, faults);
  try {
    await saver.start();
    await saver.join(CASEWORKER_IN_METETI);
    const away = saver.device.line.spoil("/api/", dead);
    saver.begin(false);
    await saver.dieAfter(20, 0);
    // LevelDB writes the header of a record and then its body. Killed in between it takes the header for the end, and
    // goes on writing behind it.
    saver.device.tearLog();
    await saver.rise();
    await saver.look(0);
    saver.begin(false);
    await saver.dieAfter(20, 0);
    away.mend();
    await saver.rise();
    expect(saver.recoveries, "the browser threw its database away").toBe(1);
    await saver.look(0);
  } finally {
    await saver.device.dispose();
    await office.close();
  }
});
