// The bad line must be as slow as it says, and lose nothing for good.
import assert from 'node:assert/strict';
import net from 'node:net';
import test from 'node:test';
import { startSlowLine } from '../lib/slowline.mjs';

/** Echoes what a client says once it has said `bytes` bytes; gives milliseconds and the answer. */
async function roundTrip(line, bytes) {
  const echo = net.createServer((socket) => socket.pipe(socket));
  await new Promise((done) => echo.listen(0, '127.0.0.1', done));
  const slow = await startSlowLine(echo.address().port);
  slow.set(line);
  const start = Date.now();
  const sent = Buffer.alloc(bytes, 'amparo');
  const answer = await new Promise((resolve, reject) => {
    const chunks = [];
    const client = net.connect(slow.port, '127.0.0.1', () => client.write(sent));
    client.on('error', reject);
    client.on('data', (chunk) => {
      chunks.push(chunk);
      if (Buffer.concat(chunks).length === bytes) resolve(Buffer.concat(chunks));
    });
  });
  const found = { ms: Date.now() - start, same: answer.equals(sent), ...slow.read() };
  slow.close();
  echo.close();
  return found;
}

test('a good line passes everything on at once', async () => {
  const found = await roundTrip(null, 10_000);
  assert.ok(found.same, JSON.stringify(found));
  assert.equal(found.up, 10_000);
});

test('a bad line takes its handshake, its round trip and its rate', async () => {
  const line = { bitsPerSecond: 800_000, roundTripMs: 100, loss: 0 };
  const found = await roundTrip(line, 13_600);
  // Two round trips of setting up, one of talking, and 14,200 bytes each way at 100 KB a second, overlapping.
  assert.ok(found.same && found.ms >= 440, JSON.stringify(found));
});

test('what is lost comes again, later and counted', async () => {
  const line = { bitsPerSecond: 8_000_000, roundTripMs: 20, loss: 0.3 };
  const found = await roundTrip(line, 100_000);
  assert.ok(found.same && found.lost > 10, JSON.stringify(found));
});
