// A family's phone with no line, as far as an office notices it: a pre-registration sealed to the office's intake key, in
// the file that the phone hands over. Written here by the forms' descriptions alone (`seal::intake`, RFC 9180), so that a
// change on one side cannot hide on the other.
import { createHash, randomBytes, webcrypto } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import type { Office } from "./office.ts";

type Cbor = number | string | boolean | null | Uint8Array | Local | Cbor[] | Map<Cbor, Cbor>;

/** Fields of records, as `domain/src/field.rs` numbers them. */
const FIELDS = { focal: 2, relationship: 41, given: 42, surname1: 43, sex: 49, born: 50 };

/** A reference to a part of the same application, by its number. */
class Local {
  constructor(readonly nth: number) {}
}

export interface Somebody {
  given: string;
  surname1: string;
  sex: "F" | "M";
  /** `1991-05-04` or a year. */
  born: string;
  relationship?: string;
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value]);
  if (value < 0x10000) return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
  const long = Buffer.alloc(9);
  long[0] = (major << 5) | 27;
  long.writeBigUInt64BE(BigInt(value), 1);
  return long;
}

function encode(value: Cbor): Buffer {
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xf5 : 0xf4]);
  if (typeof value === "number") return head(0, value);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Local) return Buffer.concat([Buffer.from([0xd8, 39]), encode(value.nth)]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(encode)]);
  return Buffer.concat([head(5, value.size), ...[...value].flatMap(([key, item]) => [encode(key), encode(item)])]);
}

/** Reads what the server writes: whole numbers, texts, bytes, lists and maps. */
function decode(bytes: Buffer): Cbor {
  let at = 0;
  const next = (): Cbor => {
    const first = bytes[at++] ?? 0;
    const [major, small] = [first >> 5, first & 31];
    let value = small;
    if (small >= 24 && small < 28) {
      const length = 1 << (small - 24);
      value = Number(BigInt(`0x${bytes.subarray(at, at + length).toString("hex")}`));
      at += length;
    }
    const take = () => bytes.subarray(at, (at += value));
    switch (major) {
      case 0:
        return value;
      case 2:
        return take();
      case 3:
        return take().toString();
      case 4:
        return Array.from({ length: value }, next);
      case 5:
        return new Map(Array.from({ length: value }, () => [next(), next()] as [Cbor, Cbor]));
      default:
        return small === 20 || small === 21 ? small === 21 : null;
    }
  };
  return next();
}

/** The intake key of an office at a site, as anybody is told it. */
async function intakeKey(office: Office, site: string): Promise<Buffer> {
  const body = encode(new Map<Cbor, Cbor>([["known", new Uint8Array()]]));
  const headers = { "content-type": "application/cbor", accept: "application/cbor" };
  const answer = await fetch(new URL("/api/door", office.address), { method: "POST", headers, body: new Uint8Array(body) });
  const told = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`the door answered ${answer.status}: ${told}`);
  // Framed as one CBOR text of bytes; version, signature, and the notice, deflated where that is shorter.
  const signed = decode(told);
  if (!(signed instanceof Uint8Array)) throw new Error("the notice is no bytes");
  const packed = Buffer.from(signed).subarray(65);
  const door = decode(packed[0] === 1 ? inflateRawSync(packed.subarray(1)) : packed.subarray(1)) as Map<Cbor, Cbor>;
  const offices = door.get(2) as Map<Cbor, Cbor>[];
  const ours = offices.find((one) => one.get(0) === site);
  if (!ours) throw new Error(`no office at ${site}`);
  return Buffer.from(ours.get(3) as Uint8Array);
}

/** RFC 9180, base mode: X25519, HKDF-SHA256, AES-256-GCM. */
async function sealTo(key: Buffer, info: string, aad: Buffer, plain: Buffer): Promise<{ capsule: Buffer; sealed: Buffer }> {
  const { subtle } = webcrypto;
  const pair = (await subtle.generateKey({ name: "X25519" }, true, ["deriveBits"])) as webcrypto.CryptoKeyPair;
  const capsule = Buffer.from(await subtle.exportKey("raw", pair.publicKey));
  const theirs = await subtle.importKey("raw", key, { name: "X25519" }, true, []);
  const shared = Buffer.from(await subtle.deriveBits({ name: "X25519", public: theirs }, pair.privateKey, 256));
  const extract = async (salt: Buffer, suite: Buffer, label: string, ikm: Buffer): Promise<Buffer> => {
    const hmac = await subtle.importKey("raw", salt.length > 0 ? salt : Buffer.alloc(32), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return Buffer.from(await subtle.sign("HMAC", hmac, Buffer.concat([Buffer.from("HPKE-v1"), suite, Buffer.from(label), ikm])));
  };
  const expand = async (prk: Buffer, suite: Buffer, label: string, more: Buffer, length: number): Promise<Buffer> => {
    const said = Buffer.concat([Buffer.from([0, length]), Buffer.from("HPKE-v1"), suite, Buffer.from(label), more]);
    const hmac = await subtle.importKey("raw", prk, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    return Buffer.from(await subtle.sign("HMAC", hmac, Buffer.concat([said, Buffer.from([1])]))).subarray(0, length);
  };
  const none = Buffer.alloc(0);
  const kem = Buffer.from([...Buffer.from("KEM"), 0x00, 0x20]);
  const eae = await extract(none, kem, "eae_prk", shared);
  const secret = await expand(eae, kem, "shared_secret", Buffer.concat([capsule, key]), 32);
  const suite = Buffer.from([...Buffer.from("HPKE"), 0x00, 0x20, 0x00, 0x01, 0x00, 0x02]);
  const ids = await extract(none, suite, "psk_id_hash", none);
  const infos = await extract(none, suite, "info_hash", Buffer.from(info));
  const context = Buffer.concat([Buffer.from([0]), ids, infos]);
  const prk = await extract(secret, suite, "secret", none);
  const raw = await expand(prk, suite, "key", context, 32);
  const nonce = await expand(prk, suite, "base_nonce", context, 12);
  const aes = await subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt"]);
  const sealed = await subtle.encrypt({ name: "AES-GCM", iv: nonce, additionalData: aad }, aes, plain);
  return { capsule, sealed: Buffer.from(sealed) };
}

/** A pre-registration on a phone. */
export class Phone {
  readonly #id = Buffer.concat([Buffer.from([0x01, 0x9a, 0xa9, 0x42, 0, 0, 0x70]), randomBytes(9)]);
  readonly #people: Somebody[];
  readonly #marks: number;
  revision = 1;

  constructor(people: Somebody[], { privateTalk = false, illness = false } = {}) {
    this.#people = people;
    this.#marks = (privateTalk ? 1 : 0) | (illness ? 2 : 0);
  }

  /** The page of it at an office. */
  get address(): string {
    return `/applications/${this.#id.toString("hex")}`;
  }

  /** The family corrects a given name. */
  rename(nth: number, given: string): void {
    const somebody = this.#people[nth];
    if (somebody) somebody.given = given;
    this.revision += 1;
  }

  #said(site: string): Buffer {
    const parts: Cbor[] = [[0, 1, null, new Map<Cbor, Cbor>([[FIELDS.focal, new Local(1)]])]];
    for (const [nth, one] of this.#people.entries()) {
      const facts = new Map<Cbor, Cbor>([
        [FIELDS.given, one.given],
        [FIELDS.surname1, one.surname1],
        [FIELDS.sex, one.sex],
        [FIELDS.born, one.born],
      ]);
      facts.set(FIELDS.relationship, one.relationship ?? "FP");
      parts.push([nth + 1, 2, 0, new Map([...facts].sort(([a], [b]) => Number(a) - Number(b)))]);
    }
    return encode([1, this.#id, this.revision, Date.now(), "es", [site, ""], this.#marks, parts]);
  }

  /** The file with the slip for an office, as the phone saves it. */
  async slip(office: Office, site: string): Promise<string> {
    const key = await intakeKey(office, site);
    const named = Buffer.concat([Buffer.from([1]), createHash("sha256").update(key).digest().subarray(0, 4)]);
    const packed = Buffer.concat([Buffer.from([0]), this.#said(site)]);
    const { capsule, sealed } = await sealTo(key, "amparo/intake/1", named, packed);
    const file = join(mkdtempSync(join(tmpdir(), "amparo-slip-")), "preinscripcion.amparo");
    writeFileSync(file, Buffer.concat([named, capsule, sealed]));
    return file;
  }
}

