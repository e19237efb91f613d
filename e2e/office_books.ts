// What stands in an office's own books, asked of its own program.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Office } from "./office.ts";

/** Entries in the ledger, each looked at. Fails when anything is not as it was written. */
export async function entriesOf(office: Office): Promise<number> {
  const { stdout } = await promisify(execFile)(process.env.AMPARO_BIN ?? "", ["verify", "--data", office.data]);
  if (!stdout.includes("Everything is as it was written.")) throw new Error(stdout);
  return Number(/Looked at (\d+) entries/.exec(stdout)?.[1]);
}
