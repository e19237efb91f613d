// The tools of these tests can fail: each is shown to find what it is there to find.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Line, answerWith, cutMidway, dropReply } from "../line.ts";
import { Markers } from "../markers.ts";
import { scan } from "../scan.ts";

test("the scan finds a word in every form, at every offset, in every folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "amparo-scan-"));
  try {
    const word = "zurimopakelu";
    const forms: Record<string, Buffer> = {
      utf8: Buffer.from(`{"name":"${word}"}`),
      capitals: Buffer.from(word.toUpperCase()),
      utf16le: Buffer.from(`x${word}`, "utf16le"),
      utf16be: Buffer.from(`x${word}`, "utf16le").swap16(),
      hex: Buffer.from(Buffer.from(`abc${word}def`).toString("hex")),
    };
    for (const before of ["", "a", "ab", "abc"]) {
      for (const after of ["", "y", "yz"]) {
        forms[`base64-${before}-${after}`] = Buffer.from(Buffer.from(before + word + after).toString("base64"));
      }
    }
    mkdirSync(join(folder, "a/b"), { recursive: true });
    for (const [form, bytes] of Object.entries(forms)) writeFileSync(join(folder, "a/b", form), bytes);
    writeFileSync(join(folder, "clean"), "zurimopakel u");
    const found = new Set(scan([folder], [word]).map((hit) => hit.file));
    expect([...found].sort()).toEqual(Object.keys(forms).map((form) => join(folder, "a/b", form)).sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("marker words are all different and long enough to be found by no chance", () => {
  const markers = new Markers(1);
  for (let at = 0; at < 20; at += 1) markers.family(3);
  expect(new Set(markers.words).size).toBe(markers.words.length);
  expect(Math.min(...markers.words.map((word) => word.length))).toBeGreaterThanOrEqual(11);
});

/** A server that remembers what it read, and a device's end of a line to it. */
async function laid() {
  const read: string[] = [];
  const server = http.createServer(async (request, response) => {
    let body = "";
    try {
      for await (const part of request) body += part;
      read.push(body);
      response.end("done");
    } catch {
      read.push(`broken after ${body.length}`);
    }
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const line = await Line.lay(address);
  const ask = (url: string, body: string) =>
    new Promise<string>((done) => {
      const { hostname, port } = new URL(line.address);
      const request = http.request({ host: hostname, port, path: url, method: "POST" }, async (answer) => {
        let text = "";
        for await (const part of answer) text += part;
        done(`${answer.statusCode} ${text}`);
      });
      request.on("error", () => done("no answer"));
      request.end(body);
    });
  const close = async () => {
    await line.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  return { read, line, address, ask, close };
}

test("a line carries, breaks in mid-parcel, swallows answers and gives false ones, as it is told", async () => {
  const { read, line, address, ask, close } = await laid();
  try {
    expect(await ask(`${address}/api/deliver`, "parcel")).toBe("200 done");
    const cut = line.spoil("/api/deliver", cutMidway);
    expect(await ask(`${address}/api/deliver`, "0123456789")).toBe("no answer");
    await cut.seen;
    await expect.poll(() => read.at(-1)).toBe("broken after 5");
    cut.mend();
    line.spoil("/api/", dropReply);
    expect(await ask(`${address}/api/deliver`, "swallowed")).toBe("no answer");
    expect(read.at(-1)).toBe("swallowed");
    line.spoil("/api/", answerWith(502, "bad gateway"));
    expect(await ask(`${address}/api/deliver`, "x")).toBe("502 bad gateway");
    line.mend();
    expect(await ask(`${address}/api/deliver`, "again")).toBe("200 done");
    expect(line.answered("/api/deliver")).toBe(2);
    expect(await ask("http://127.0.0.1:9/elsewhere", "x")).toBe("no answer");
  } finally {
    await close();
  }
});
