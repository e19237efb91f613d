// What lies in a browser's memory: the processes' own, the Wasm memories, and what developer tools see of the heap.
import type { CDPSession } from "@playwright/test";
import { createDecipheriv, hkdfSync } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Device } from "./device.ts";

/** Secrets of an unlocked vault, worked out beside the app from what lies on the disk and the passphrase. */
export interface Secrets {
  vault: Buffer;
  stretched: Buffer;
  wrapping: Buffer;
  /** Seed of the enrolment's signing key, and the secret half of its inbox key. */
  signing: Buffer;
  inbox: Buffer;
}

/** A value of CBOR as the app writes it: numbers, bytes, texts, lists and maps of definite length. */
type Cbor = number | Buffer | string | null | Cbor[] | Map<number, Cbor>;

/** Reads CBOR (RFC 8949). */
export function cbor(bytes: Buffer): Cbor {
  let at = 0;
  const read = (): Cbor => {
    const first = bytes.readUInt8(at++);
    const [kind, short] = [first >> 5, first & 31];
    let length = short;
    if (short >= 24 && short <= 27) {
      const width = 2 ** (short - 24);
      length = width === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUIntBE(at, width);
      at += width;
    }
    if (kind === 0) return length;
    if (kind === 1) return -1 - length;
    if (kind === 2 || kind === 3) {
      const part = bytes.subarray(at, (at += length));
      return kind === 2 ? part : part.toString();
    }
    if (kind === 4) return Array.from({ length }, read);
    if (kind === 5) return new Map(Array.from({ length }, () => [read() as number, read()] as const));
    return null;
  };
  return read();
}

/** The vault's row as it lies on the disk: its key and its bytes. */
async function vaultRow(device: Device): Promise<{ id: Buffer; row: Buffer }> {
  const found = await device.page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const database = await done(indexedDB.open("vault"));
    const vaults = database.transaction("vaults").objectStore("vaults");
    const [[key], [row]] = [await done(vaults.getAllKeys()), await done(vaults.getAll())];
    database.close();
    const plain = (value: unknown) => [...(value instanceof ArrayBuffer ? new Uint8Array(value) : (value as Uint8Array))];
    return { id: plain(key), row: plain(row) };
  });
  return { id: Buffer.from(found.id), row: Buffer.from(found.row) };
}

/** Stretches a passphrase with the app's own program, in another browser: nothing of it comes near the one looked into. */
async function stretch(elsewhere: Device, passphrase: string, order: { memory: number; passes: number; lanes: number; salt: number[] }) {
  await elsewhere.visit("/");
  const key = await elsewhere.page.evaluate(
    async ({ passphrase, order }) => {
      const files = (globalThis as unknown as { AMPARO_FILES: Record<string, string> }).AMPARO_FILES;
      const worker = new Worker(files["derive"] ?? "", { type: "module" });
      const answer = await new Promise<Uint8Array>((resolve, reject) => {
        worker.onerror = reject;
        worker.onmessage = ({ data }) => {
          if (data !== "ready") return resolve(data);
          const bytes = new TextEncoder().encode(passphrase);
          worker.postMessage({ ...order, salt: new Uint8Array(order.salt), passphrase: bytes }, [bytes.buffer]);
        };
      });
      worker.terminate();
      return [...answer];
    },
    { passphrase, order },
  );
  return Buffer.from(key);
}

function derived(key: Buffer, salt: string, ...info: (string | Buffer)[]): Buffer {
  const parts = Buffer.concat(info.map((part) => Buffer.from(part)));
  return Buffer.from(hkdfSync("sha256", key, Buffer.from(salt), parts, 32));
}

function opened(key: Buffer, nonce: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  const cipher = createDecipheriv("aes-256-gcm", key, nonce);
  cipher.setAAD(aad).setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, at) => bytes.writeUInt32BE(value, 4 * at));
  return bytes;
}

/** Works out the secrets of the one vault on a device. See `seal/src/slot.rs` and `locker.rs` for the forms. */
export async function secretsOf(device: Device, elsewhere: Device, passphrase: string): Promise<Secrets> {
  const { id, row } = await vaultRow(device);
  const vaultRowRead = cbor(row) as Map<number, Cbor>;
  const [slotBytes] = vaultRowRead.get(0) as Buffer[];
  const [, , memory, passes, lanes, salt, , nonce, wrapped] = cbor(slotBytes as Buffer) as [
    number, number, number, number, number, Buffer, Buffer, Buffer, Buffer,
  ];
  const stretched = await stretch(elsewhere, passphrase, { memory, passes, lanes, salt: [...salt] });
  const wrapping = derived(stretched, "amparo/slot/1", "wrap");
  const bound = Buffer.concat([Buffer.from("amparo/slot/1"), id, numbers(memory, passes, lanes), salt]);
  const vault = opened(wrapping, nonce, bound, wrapped);
  // The row `identity` of table 1, whose key is the vault's id.
  const sealed = vaultRowRead.get(2) as Buffer;
  const rowKey = derived(vault, "amparo/locker/1", "row", Buffer.from([1]), id);
  const place = Buffer.concat([sealed.subarray(0, 1), id, Buffer.from([1]), sealed.subarray(1, 9), id]);
  const identity = cbor(opened(rowKey, sealed.subarray(9, 21), place, sealed.subarray(21))) as Map<number, Cbor>;
  const keys = identity.get(7) as Buffer;
  return { vault, stretched, wrapping, signing: keys.subarray(0, 32), inbox: keys.subarray(32, 64) };
}

/** How often each of some secrets lies in the memory that a process may write to. */
export function countInProcesses(processes: number[], needles: Map<string, Buffer>): Map<string, number> {
  const counts = new Map([...needles.keys()].map((name) => [name, 0]));
  for (const process of processes) {
    for (const bytes of writableMemory(process)) {
      for (const [name, needle] of needles) {
        for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) {
          counts.set(name, (counts.get(name) ?? 0) + 1);
        }
      }
    }
  }
  return counts;
}

const PIECE = 16 * 1024 * 1024;

/** Pieces of a process's memory that overlap by more than any secret is long. */
function* writableMemory(process: number): Generator<Buffer> {
  const memory = openSync(`/proc/${process}/mem`, "r");
  try {
    for (const line of readFileSync(`/proc/${process}/maps`, "utf8").split("\n")) {
      const found = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
      if (!found) continue;
      const [from, to] = [BigInt(`0x${found[1]}`), BigInt(`0x${found[2]}`)];
      for (let at = from; at < to; at += BigInt(PIECE - 256)) {
        const bytes = Buffer.alloc(Number(to - at < BigInt(PIECE) ? to - at : BigInt(PIECE)));
        const read = readOrNothing(memory, bytes, at);
        if (read > 0) yield bytes.subarray(0, read);
      }
    }
  } finally {
    closeSync(memory);
  }
}

function readOrNothing(file: number, bytes: Buffer, position: bigint): number {
  try {
    return readSync(file, bytes, 0, bytes.length, position);
  } catch {
    return 0; // Reserved and not there.
  }
}

/** Processes that run pages and workers, by their numbers. */
export async function renderers(device: Device): Promise<number[]> {
  const browser = device.context.browser();
  if (!browser) throw new Error("no browser");
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter((it) => it.type === "renderer").map((it) => it.id);
}

/** Every page and worker of the app in a browser, spoken to as developer tools do. */
export class Inside {
  readonly #session: CDPSession;
  readonly #targets = new Map<string, string>();
  #number = 0;
  readonly #answers = new Map<number, (message: { result?: never; error?: { message: string } }) => void>();
  #heard: ((method: string, params: { chunk?: string }) => void) | undefined;

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on("Target.receivedMessageFromTarget", ({ message }) => {
      const told = JSON.parse(message);
      if (told.id === undefined) this.#heard?.(told.method, told.params);
      else this.#answers.get(told.id)?.(told);
    });
  }

  static async of(device: Device): Promise<Inside> {
    const browser = device.context.browser();
    if (!browser) throw new Error("no browser");
    const inside = new Inside(await browser.newBrowserCDPSession());
    const { targetInfos } = await inside.#session.send("Target.getTargets");
    const kinds = ["page", "worker", "service_worker"];
    for (const { targetId, type, url } of targetInfos) {
      if (!kinds.includes(type) || !url.startsWith(device.office.address)) continue;
      const { sessionId } = await inside.#session.send("Target.attachToTarget", { targetId, flatten: false });
      inside.#targets.set(sessionId, type);
    }
    return inside;
  }

  /** What was found: `page`, `service_worker`. */
  get kinds(): string[] {
    return [...this.#targets.values()].sort();
  }

  async #send(target: string, method: string, params: object = {}): Promise<Record<string, never>> {
    const id = (this.#number += 1);
    const answered = new Promise<Record<string, never>>((resolve, reject) => {
      this.#answers.set(id, ({ result, error }) => {
        this.#answers.delete(id);
        if (error) reject(new Error(`${method}: ${error.message}`));
        else resolve(result ?? {});
      });
    });
    const message = JSON.stringify({ id, method, params });
    await this.#session.send("Target.sendMessageToTarget", { sessionId: target, message });
    return answered;
  }

  /** Has everything collected that nothing holds any more. */
  async collectGarbage(): Promise<void> {
    for (const target of this.#targets.keys()) {
      await this.#send(target, "HeapProfiler.enable");
      for (let time = 0; time < 3; time += 1) await this.#send(target, "HeapProfiler.collectGarbage");
    }
  }

  /** The heap of each, as developer tools write it: every object, every string. */
  async snapshots(): Promise<string[]> {
    const snapshots: string[] = [];
    for (const target of this.#targets.keys()) {
      let text = "";
      this.#heard = (method, { chunk }) => {
        if (method === "HeapProfiler.addHeapSnapshotChunk") text += chunk ?? "";
      };
      await this.#send(target, "HeapProfiler.takeHeapSnapshot", { reportProgress: false, captureNumericValue: true });
      snapshots.push(text);
    }
    return snapshots;
  }

  /** The bytes of every Wasm memory and of every buffer that scripts can reach. */
  async buffers(): Promise<Buffer[]> {
    const all: Buffer[] = [];
    for (const target of this.#targets.keys()) {
      const memories = await this.#instances(target, "WebAssembly.Memory.prototype");
      for (const memory of memories) all.push(await this.#read(target, memory, "this.buffer"));
      const buffers = await this.#instances(target, "ArrayBuffer.prototype");
      for (const buffer of buffers) all.push(await this.#read(target, buffer, "this"));
    }
    return all;
  }

  async #instances(target: string, prototype: string): Promise<string[]> {
    const objectGroup = "memory";
    const evaluated = await this.#send(target, "Runtime.evaluate", { expression: prototype, objectGroup });
    const { objectId } = evaluated["result"] as unknown as { objectId: string };
    const found = await this.#send(target, "Runtime.queryObjects", { prototypeObjectId: objectId, objectGroup });
    const list = (found["objects"] as unknown as { objectId: string }).objectId;
    const listed = await this.#send(target, "Runtime.getProperties", { objectId: list, ownProperties: true });
    const properties = listed["result"] as unknown as { name: string; value?: { objectId?: string } }[];
    return properties.flatMap(({ name, value }) => (/^\d+$/.test(name) && value?.objectId ? [value.objectId] : []));
  }

  async #read(target: string, objectId: string, buffer: string): Promise<Buffer> {
    const call = async (body: string) => {
      const functionDeclaration = `function () { const buffer = ${buffer}; ${body} }`;
      const answer = await this.#send(target, "Runtime.callFunctionOn", { objectId, functionDeclaration, returnByValue: true });
      return (answer["result"] as unknown as { value: number | string }).value;
    };
    const length = Number(await call("return buffer.byteLength;"));
    const pieces: Buffer[] = [];
    for (let at = 0; at < length; at += 1024 * 1024) {
      const body = `const part = new Uint8Array(buffer, ${at}, Math.min(1048576, buffer.byteLength - ${at}));
        let text = ""; for (const byte of part) text += byte.toString(16).padStart(2, "0"); return text;`;
      pieces.push(Buffer.from(String(await call(body)), "hex"));
    }
    return Buffer.concat(pieces);
  }

  async leave(): Promise<void> {
    await this.#session.detach();
  }
}

/** How often bytes lie in others. */
export function count(bytes: Buffer, needle: Buffer): number {
  let found = 0;
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + 1)) found += 1;
  return found;
}

/** Forms in which a heap snapshot could show bytes: as text of three kinds, or as a list of numbers. */
export function shownAs(bytes: Buffer): string[] {
  return [bytes.toString("hex"), bytes.toString("base64").replace(/=+$/, ""), bytes.toString("base64url"), [...bytes].join(",")];
}
