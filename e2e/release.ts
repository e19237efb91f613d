// A site as its makers release it: the list of its files, signed with the development key that the build used.
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** What is signed of a version. */
export interface List {
  form: number;
  number: number;
  key: string;
  next: string | null;
  files: Record<string, string>;
}

const DEVELOPMENT_KEY =
  process.env.AMPARO_RELEASE_KEY ?? fileURLToPath(new URL("../target/development-release-key.pem", import.meta.url));

/** A copy of the site, to be changed. */
export class Release {
  readonly folder = mkdtempSync(join(tmpdir(), "amparo-site-"));
  readonly #first: List;

  constructor() {
    cpSync(process.env.AMPARO_SITE ?? "", this.folder, { recursive: true });
    this.#first = JSON.parse(JSON.parse(this.#read()).signed);
  }

  /** Offers another version: the first with some of its list changed, signed by the makers unless another key is said. */
  offer(change: Partial<List> = {}, key: KeyObject = createPrivateKey(readFileSync(DEVELOPMENT_KEY))): void {
    const signed = JSON.stringify({ ...this.#first, ...change });
    const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
    this.#write(JSON.stringify({ signed, signature }));
  }

  /** Changes the list and leaves the signature as it was. */
  tamper(change: (signed: string) => string): void {
    const list = JSON.parse(this.#read());
    this.#write(JSON.stringify({ ...list, signed: change(list.signed) }));
  }

  /** Puts a loader there that pins another key, or the makers' again. */
  pin(key = this.#first.key): void {
    const loader = join(this.folder, "service-worker.js");
    writeFileSync(loader, readFileSync(loader, "utf8").replace(/(RELEASE_KEY = ")[^"]*/, `$1${key}`));
  }

  /** The files of the first version, with another digest for one that the server holds as it was. */
  filesWith(path: string, contents: string): Record<string, string> {
    return { ...this.#first.files, [path]: createHash("sha256").update(contents).digest("base64url") };
  }

  get number(): number {
    return this.#first.number;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #read(): string {
    return readFileSync(join(this.folder, "assets.json"), "utf8");
  }

  #write(list: string): void {
    writeFileSync(join(this.folder, "assets.json"), list);
  }
}

/** Somebody else's key, with its public half as a list names it. */
export function foreignKey(): { key: KeyObject; name: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { x, y } = publicKey.export({ format: "jwk" });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x ?? "", "base64url"), Buffer.from(y ?? "", "base64url")]);
  return { key: privateKey, name: point.toString("base64url") };
}
