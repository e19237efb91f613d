// The line between one device and the office: an HTTP proxy that is faithful until a test spoils it. The browser
// keeps asking the office's own address, so that its origin stays the same whatever happens here.
import { EventEmitter } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came, with its whole body. */
export interface Asked {
  method: string;
  path: string;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
  /** The line to the device. */
  device: http.ServerResponse;
}

/** What came back from the office. */
export interface Answered {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: Buffer;
}

/** What a spoilt line does with a request. */
export type Trick = (asked: Asked, line: Line) => Promise<void> | void;

/** A request that the line carried through, or that a trick was played on (status 0). */
export interface Passed {
  path: string;
  status: number;
  sent: number;
  received: number;
}

/** A trick that is on; `seen` is done when it was first played. */
export interface Spoilt {
  seen: Promise<void>;
  times: number;
  mend(): void;
}

interface Rule {
  path: string;
  trick: Trick;
  spoilt: Spoilt & { note(): void };
}

export class Line {
  readonly #server = http.createServer((request, response) => void this.#carry(request, response));
  readonly #passing = new EventEmitter();
  readonly #office: string;
  #rules: Rule[] = [];
  /** Everything that went over the line to the office, in order. */
  readonly passed: Passed[] = [];

  private constructor(office: string) {
    this.#office = new URL(office).host;
    // Nothing but the office can be reached; a browser that asks others gets no answer.
    this.#server.on("connect", (_, socket) => socket.destroy());
    this.#server.on("clientError", (_, socket) => socket.destroy());
    this.#passing.setMaxListeners(0);
  }

  /** Lays a line to an office at this address. */
  static async lay(office: string): Promise<Line> {
    const line = new Line(office);
    await new Promise<void>((done) => line.#server.listen(0, "127.0.0.1", done));
    return line;
  }

  /** Where the device's end is. */
  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Takes the line away for good. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  /** Plays a trick on every request whose path begins so, until it is mended. The latest trick goes first. */
  spoil(path: string, trick: Trick): Spoilt {
    let note = () => {};
    const seen = new Promise<void>((done) => (note = done));
    const spoilt = {
      seen,
      times: 0,
      note,
      mend: () => {
        this.#rules = this.#rules.filter((rule) => rule.spoilt !== spoilt);
      },
    };
    this.#rules.unshift({ path, trick, spoilt });
    return spoilt;
  }

  /** Undoes every trick. */
  mend(): void {
    this.#rules = [];
  }

  /** The next request from now on whose path begins so and that the office answered well. */
  async next(path: string): Promise<Passed> {
    for (;;) {
      const passed = await new Promise<Passed>((done) => this.#passing.once("passed", done));
      if (passed.path.startsWith(path) && passed.status >= 200 && passed.status < 300) return passed;
    }
  }

  /** How many requests of a path the office answered well. */
  answered(path: string): number {
    return this.passed.filter((it) => it.path.startsWith(path) && it.status >= 200 && it.status < 300).length;
  }

  /** Hands a request on to the office and waits for the whole answer. */
  async forward(asked: Asked): Promise<Answered> {
    const headers = { ...asked.headers };
    delete headers["proxy-connection"];
    return new Promise((done, failed) => {
      const onward = http.request(
        { ...this.#where(), method: asked.method, path: asked.path, headers, agent: false },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on("data", (part: Buffer) => parts.push(part));
          answer.on("end", () => {
            done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(parts) });
          });
          answer.on("error", failed);
        },
      );
      onward.on("error", failed);
      onward.end(asked.body);
    });
  }

  /** Begins to hand a request on, and stops after so many bytes of its body. The office sees a broken request. */
  async forwardPart(asked: Asked, bytes: number): Promise<void> {
    await new Promise<void>((done) => {
      const onward = http.request({ ...this.#where(), method: asked.method, path: asked.path, headers: asked.headers });
      onward.on("error", () => done());
      onward.write(asked.body.subarray(0, bytes), () => {
        // The office has it once its system has taken it over; what it makes of it is its own affair.
        setImmediate(() => {
          onward.destroy();
          done();
        });
      });
    });
  }

  #where(): { host: string; port: string } {
    const { hostname, port } = new URL(`http://${this.#office}`);
    return { host: hostname, port };
  }

  async #carry(request: http.IncomingMessage, device: http.ServerResponse): Promise<void> {
    device.on("error", () => {});
    const url = URL.parse(request.url ?? "");
    if (url?.host !== this.#office) {
      device.destroy();
      return;
    }
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return; // The device gave up.
    }
    const path = url.pathname + url.search;
    const body = Buffer.concat(parts);
    const asked: Asked = { method: request.method ?? "GET", path, headers: request.headers, body, device };
    const rule = this.#rules.find((it) => path.startsWith(it.path));
    if (rule) {
      await rule.trick(asked, this);
      rule.spoilt.times += 1;
      rule.spoilt.note();
      this.#tell({ path, status: 0, sent: body.length, received: 0 });
      return;
    }
    try {
      const answered = await this.forward(asked);
      reply(device, answered);
      this.#tell({ path, status: answered.status, sent: body.length, received: answered.body.length });
    } catch {
      device.destroy(); // The office is away: the device sees a line that leads nowhere.
    }
  }

  #tell(passed: Passed): void {
    this.passed.push(passed);
    this.#passing.emit("passed", passed);
  }
}

function reply(device: http.ServerResponse, answered: Answered): void {
  const headers = { ...answered.headers };
  delete headers["transfer-encoding"];
  delete headers.connection;
  device.writeHead(answered.status, { ...headers, "content-length": answered.body.length });
  device.end(answered.body);
}

/** Cut in mid-parcel: the office gets half of the body, the device no answer. */
export const cutMidway: Trick = async (asked, line) => {
  await line.forwardPart(asked, Math.floor(asked.body.length / 2));
  asked.device.destroy();
};

/** The office gets all of it and answers; the answer never arrives. */
export const dropReply: Trick = async (asked, line) => {
  await line.forward(asked).catch(() => {});
  asked.device.destroy();
};

/** Nothing gets through. */
export const dead: Trick = (asked) => {
  asked.device.destroy();
};

/** Somebody else answers: a captive portal with its page, a proxy that is not able, one that wants a password. */
export function answerWith(status: number, body: string, type = "text/html; charset=utf-8"): Trick {
  return (asked) => {
    asked.device.writeHead(status, { "content-type": type });
    asked.device.end(body);
  };
}

/** The page of a wifi that wants a password, with which it answers everything. */
export const captivePortal: Trick = answerWith(
  200,
  "<!DOCTYPE html><title>WiFi</title><h1>Bienvenido</h1><form>Acepte las condiciones</form>",
);

/** Sends the device somewhere else, as the page of a hotel's wifi does. */
export const sendsElsewhere: Trick = (asked) => {
  asked.device.writeHead(302, { location: "http://portal.example/accept", "content-length": 0 });
  asked.device.end();
};

/** The office answers; of its answer so many bytes arrive, and then the line is cut. */
export function cutReply(bytes: (whole: number) => number): Trick {
  return async (asked, line) => {
    const answered = await line.forward(asked).catch(() => undefined);
    if (!answered) return void asked.device.destroy();
    const headers = { ...answered.headers, "content-length": String(answered.body.length) };
    delete (headers as Record<string, unknown>)["transfer-encoding"];
    asked.device.writeHead(answered.status, headers);
    const part = answered.body.subarray(0, bytes(answered.body.length));
    asked.device.write(part, () => setImmediate(() => asked.device.destroy()));
  };
}

/** A proxy that shortens what it hands on and says that this is all there is. */
export const shortens: Trick = async (asked, line) => {
  const answered = await line.forward(asked);
  reply(asked.device, { ...answered, body: answered.body.subarray(0, Math.floor(answered.body.length / 2)) });
};

/** A proxy that answers whatever is asked with what was answered first. */
export function remembers(): Trick {
  let first: Promise<Answered> | undefined;
  return async (asked, line) => reply(asked.device, await (first ??= line.forward(asked)));
}

/** The worker's program without the right to run Wasm, as a proxy leaves it that writes policies of its own. */
export const forbidsWasm: Trick = async (asked, line) => {
  const answered = await line.forward(asked);
  const policy = String(answered.headers["content-security-policy"] ?? "");
  const headers = { ...answered.headers, "content-security-policy": policy.replaceAll("'wasm-unsafe-eval'", "") };
  reply(asked.device, { ...answered, headers });
};

/**
 * 2G as in the border region: so many bits a second, so long there and back, and of every twenty segments one is lost and
 * sent again a round trip later.
 */
export function badLine(random: () => number, bitsPerSecond = 35_000, roundTrip = 1_400, loss = 0.05): Trick {
  const segment = 1_360;
  const takes = (bytes: number) => {
    let milliseconds = (bytes * 8_000) / bitsPerSecond;
    for (let sent = 0; sent < bytes; sent += segment) {
      while (random() < loss) milliseconds += roundTrip + (segment * 8_000) / bitsPerSecond;
    }
    return milliseconds;
  };
  const pass = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
  return async (asked, line) => {
    await pass(roundTrip / 2 + takes(asked.body.length + 400));
    const answered = await line.forward(asked).catch(() => undefined);
    if (!answered) return void asked.device.destroy();
    await pass(roundTrip / 2 + takes(answered.body.length + 300));
    reply(asked.device, answered);
  };
}
