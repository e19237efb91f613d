// A device in somebody's hands: a browser with a process and a profile of its own, and its line to the office.
import { type BrowserContext, type CDPSession, type Page, chromium } from "@playwright/test";
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Faults } from "./faults.ts";
import { Line } from "./line.ts";
import type { Office } from "./office.ts";

/** The tablet of the caseworkers. */
export const TABLET = { width: 1024, height: 768 };
/** The narrowest phone. */
export const PHONE = { width: 360, height: 740 };

export interface DeviceOptions {
  viewport?: { width: number; height: number };
  looks?: "light" | "dark";
  /** A browser that knows no Background Sync, as Firefox and Safari. */
  withoutSync?: boolean;
  /** What its camera sees: the file of a `Scene`. Else a moving picture of the browser's own. */
  camera?: string;
}

const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // A camera that shows a moving picture, and may be used without asking.
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  // Background Sync as it is, but for its patience: the browser tries again after two seconds, not five minutes.
  "--force-fieldtrials=BackgroundSync/Quick",
  "--force-fieldtrial-params=BackgroundSync.Quick:initial_retry_delay_sec/2/retry_delay_factor/1/max_sync_attempts/30",
];

export class Device {
  /** Where the browser keeps everything. */
  readonly profile = mkdtempSync(join(tmpdir(), "amparo-device-"));
  readonly office: Office;
  readonly line: Line;
  readonly #faults: Faults;
  readonly #options: DeviceOptions;
  #context: BrowserContext | undefined;
  #page: Page | undefined;
  #offline = false;

  private constructor(office: Office, line: Line, faults: Faults, options: DeviceOptions) {
    this.office = office;
    this.line = line;
    this.#faults = faults;
    this.#options = options;
  }

  /** Unpacks a device and switches it on. */
  static async unpack(office: Office, faults: Faults, options: DeviceOptions = {}): Promise<Device> {
    const device = new Device(office, await Line.lay(office.address), faults, options);
    await device.switchOn();
    return device;
  }

  /** The page that is open. */
  get page(): Page {
    if (!this.#page) throw new Error("the device is off");
    return this.#page;
  }

  get context(): BrowserContext {
    if (!this.#context) throw new Error("the device is off");
    return this.#context;
  }

  /** Opens a page of the app. */
  async visit(path: string): Promise<void> {
    await this.page.goto(new URL(path, this.office.address).href);
  }

  /** Switches the device on again, with the profile it had. It shows no page of the app yet. */
  async switchOn(): Promise<void> {
    const { viewport = TABLET, looks = "light", withoutSync = false, camera } = this.#options;
    const executablePath = process.env.CHROMIUM;
    const context = await chromium.launchPersistentContext(this.profile, {
      ...(executablePath ? { executablePath } : {}),
      args: camera ? [...ARGUMENTS, `--use-file-for-fake-video-capture=${camera}`] : ARGUMENTS,
      proxy: { server: this.line.address },
      offline: this.#offline,
      viewport,
      colorScheme: looks,
      reducedMotion: "reduce",
      locale: "es-PA",
      timezoneId: "America/Panama",
      serviceWorkers: "allow",
    });
    this.#context = context;
    await this.#faults.watch(context);
    if (withoutSync) {
      await context.addInitScript(() => {
        Reflect.deleteProperty(globalThis, "SyncManager");
        // An empty page has no workers at all.
        if ("ServiceWorkerRegistration" in globalThis) Reflect.deleteProperty(ServiceWorkerRegistration.prototype, "sync");
      });
    }
    this.#page = context.pages()[0] ?? (await context.newPage());
  }

  /** The line goes. */
  async offline(): Promise<void> {
    this.#offline = true;
    await this.#context?.setOffline(true);
  }

  /** The line comes back. */
  async online(): Promise<void> {
    this.#offline = false;
    await this.#context?.setOffline(false);
  }

  /** Closes the app's page. The browser goes on, with an empty page. */
  async closePage(): Promise<void> {
    const page = this.page;
    this.#page = await this.context.newPage();
    await page.close();
  }

  /** The battery is torn out: every process of the browser dies at once. */
  async kill(): Promise<void> {
    const context = this.context;
    const closed = new Promise((done) => context.once("close", done));
    process.kill(-(await this.#processId()), "SIGKILL");
    await closed;
    this.#context = this.#page = undefined;
  }

  /** Leaves the browser's log of its database as a kill between the two writes of a record does: with a header alone. */
  tearLog(): void {
    const databases = join(this.profile, "Default", "IndexedDB");
    for (const database of readdirSync(databases).filter((name) => name.endsWith(".leveldb"))) {
      const logs = readdirSync(join(databases, database)).filter((name) => name.endsWith(".log")).sort();
      const newest = logs.at(-1);
      if (newest) appendFileSync(join(databases, database, newest), Buffer.from([0, 0, 0, 0, 100, 1, 1]));
    }
  }

  /** Switches the device off in good order. */
  async switchOff(): Promise<void> {
    const context = this.#context;
    this.#context = this.#page = undefined;
    await context?.close();
  }

  /** Switches off and throws everything away. */
  async dispose(): Promise<void> {
    await this.switchOff();
    await this.line.close();
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  /** Waits until the worker has every file of the app, so that no line is needed any more. */
  async settled(): Promise<void> {
    await this.page.evaluate(async () => {
      const { active } = await navigator.serviceWorker.ready;
      while (active && active.state !== "activated") {
        await new Promise((done) => active.addEventListener("statechange", done, { once: true }));
      }
    });
  }

  /** Speaks to the page's inside, as developer tools do. */
  async inside(): Promise<CDPSession> {
    return this.context.newCDPSession(this.page);
  }

  /** Leaves the app so little room that nothing more can be kept; `null` takes that back. */
  async limitStorage(bytes: number | null): Promise<void> {
    const session = await this.inside();
    const origin = this.office.address;
    await session.send("Storage.overrideQuotaForOrigin", bytes === null ? { origin } : { origin, quotaSize: bytes });
  }

  async #processId(): Promise<number> {
    const browser = this.context.browser();
    if (!browser) throw new Error("no browser");
    const session = await browser.newBrowserCDPSession();
    const { processInfo } = await session.send("SystemInfo.getProcessInfo");
    const main = processInfo.find((it) => it.type === "browser");
    if (!main) throw new Error("the browser does not say its process");
    return main.id;
  }
}
