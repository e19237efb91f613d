// What no test may leave behind: errors on a console, scripts that died, and breaches of our own security policy.
import type { BrowserContext, ConsoleMessage, Worker } from "@playwright/test";

/** The browser reports every request that fails; with no line that is the rule. Nothing of ours is said so. */
const THE_LINE = /^Failed to load resource: (net::ERR_|the server responded with a status of)/;

export class Faults {
  /** What was found so far. */
  readonly found: string[] = [];
  #allowed: RegExp[] = [THE_LINE];

  /** This is to be expected in this test. */
  allow(what: RegExp): void {
    this.#allowed.push(what);
  }

  /** Listens to all pages and workers of a browser. */
  async watch(context: BrowserContext): Promise<void> {
    const heard = (message: ConsoleMessage) => {
      if (message.type() === "error") this.#note(`${message.text()} (${message.location().url})`);
    };
    const watchWorker = (worker: Worker) => worker.on("console", heard);
    context.on("console", heard);
    context.on("weberror", (fault) => this.#note(String(fault.error().stack ?? fault.error())));
    context.on("serviceworker", watchWorker);
    context.serviceWorkers().forEach(watchWorker);
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy breached: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
  }

  #note(fault: string): void {
    if (!this.#allowed.some((allowed) => allowed.test(fault))) this.found.push(fault);
  }
}
