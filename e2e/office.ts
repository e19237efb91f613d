// A server of a test's own: on a free port, over a fresh folder, ended by its own process.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Who is invited. */
export interface Staff {
  name: string;
  code: string;
  role?: "caseworker" | "counsellor" | "supervisor" | "verifier" | "referral_focal_point" | "administrator" | "auditor" | "border_officer";
  site: "meteti" | "panama" | "david" | "georgetown";
  /** Code of an institution; none where an office never named one. */
  organisation?: string;
}

/** The two of the deed. */
export const CASEWORKER_IN_METETI: Staff = { name: "Itzel Caisamo", code: "MET-07", site: "meteti" };
export const CASEWORKER_IN_PANAMA: Staff = { name: "Berta Quintero", code: "PAN-03", site: "panama" };
/** Who may note and read what only few need to know. */
export const COUNSELLOR_IN_PANAMA: Staff = { name: "Dalila Grajales", code: "PAN-11", role: "counsellor", site: "panama" };

function needed(name: "AMPARO_BIN" | "AMPARO_SITE"): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run the tests with \`cargo xtask test browser\``);
  return value;
}

export class Office {
  /** Where its data lies. */
  readonly data = mkdtempSync(join(tmpdir(), "amparo-office-"));
  /** What it wrote, over all its starts. */
  log = "";
  /** Its address, the same after a restart. */
  address = "";
  #process: ChildProcess | undefined;
  readonly #options: string[];
  readonly #named: boolean;

  private constructor(options: string[], named: boolean) {
    this.#options = options;
    this.#named = named;
  }

  /**
   * Starts a server and waits until it listens. `site` is the folder of the built app. A `named` one is visited at
   * `localhost`: browsers make no passkeys for a number.
   */
  static async open({ demo = false, site = needed("AMPARO_SITE"), named = false } = {}): Promise<Office> {
    const office = new Office(["--site", site, ...(demo ? ["--demo"] : [])], named);
    await office.#start(0);
    return office;
  }

  /** The port it listens on. */
  get port(): number {
    return Number(new URL(this.address).port);
  }

  /** Makes an invitation beside the running server and gives its link. */
  async invite(staff: Staff, more: string[] = []): Promise<string> {
    const { name, code, site, role = "caseworker", organisation } = staff;
    const options = { data: this.data, role, site, name, code, "base-url": this.address, ...(organisation ? { organisation } : {}) };
    const args = Object.entries(options).flatMap(([option, value]) => [`--${option}`, value]);
    const { stdout } = await promisify(execFile)(needed("AMPARO_BIN"), ["invite", ...args, ...more]);
    return stdout.trim();
  }

  /** The link of an invitation that it printed at its start, by name. */
  async invitation(name: string): Promise<string> {
    const printed = new RegExp(`^Invitation ${name}: (\\S+)$`, "m");
    await this.says(printed);
    const link = new URL(printed.exec(this.log)?.[1] ?? "");
    // Printed with the name of this machine; visited where this test visits it.
    link.host = new URL(this.address).host;
    return link.href;
  }

  /** Dies as in a power cut: no goodbye. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Starts again over the same data, at the same address. */
  async restart(): Promise<void> {
    await this.#start(this.port);
  }

  /** Stops in good order; its data stays. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Stops and removes its data. */
  async close(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Waits until the log says something. */
  async says(what: RegExp, within = 60_000): Promise<void> {
    const until = Date.now() + within;
    while (!what.test(this.log)) {
      const server = this.#process;
      if (!server || server.exitCode !== null) throw new Error(`the server ended:\n${this.log}`);
      const left = until - Date.now();
      if (left <= 0) throw new Error(`the server never said ${what}:\n${this.log}`);
      const pause = new AbortController();
      const timer = setTimeout(() => pause.abort(), left);
      const signal = { signal: pause.signal };
      await Promise.race([once(server, "wrote", signal), once(server, "exit", signal)]).catch(() => {});
      clearTimeout(timer);
      pause.abort();
    }
  }

  async #start(port: number): Promise<void> {
    const from = this.log.length;
    const args = ["serve", "--port", String(port), "--data", this.data, ...this.#options];
    const server = spawn(needed("AMPARO_BIN"), args, { stdio: ["ignore", "pipe", "pipe"] });
    server.setMaxListeners(0);
    this.#process = server;
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.log += text;
        server.emit("wrote");
      });
    }
    const listening = /^Listening on (http:\/\/[\d.]+:\d+)$/m;
    await this.says(new RegExp(`^[^]{${from},}${listening.source}`, "m"));
    const address = listening.exec(this.log.slice(from))?.[1] ?? "";
    this.address = this.#named ? address.replace("127.0.0.1", "localhost") : address;
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const server = this.#process;
    this.#process = undefined;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill(signal);
    const patience = setTimeout(() => server.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(patience);
  }
}
