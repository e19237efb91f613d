// A bad line between browser and server: a proxy that passes bytes on as late as such a line would, and counts them.
//
// What is modelled: a rate in each direction, the time each way, segments that are lost and sent again one round trip later
// while those behind them wait, the round trips of setting up TCP and TLS 1.3, and what headers add to every segment. What is
// not: TCP's slow start, whose first window of ten segments already holds more than such a line carries in a round trip.
import net from 'node:net';

/** 2G as in the border region. */
export const BAD_LINE = { bitsPerSecond: 35_000, roundTripMs: 1400, loss: 0.05 };

const SEGMENT = 1360;
/** IPv4, TCP with its usual options, and a TLS record's share. */
const HEADERS = 60;
/** Setting up TCP and a first TLS 1.3 session with a usual chain of certificates. */
const HANDSHAKE = { roundTrips: 2, bytes: 4200 };

/** Bytes each way, segments lost, bytes of handshakes (counted apart). */
const NOTHING = { up: 0, down: 0, lost: 0, handshakes: 0 };

/** Stands before `port`. `set(line)` makes the line bad, `set(null)` good again; both end what is open. */
export async function startSlowLine(port) {
  let line = null;
  const counted = { ...NOTHING };
  const open = new Set();
  const server = net.createServer({ allowHalfOpen: false }, (browser) => {
    const upstream = net.connect(port, '127.0.0.1');
    const pair = [browser, upstream];
    for (const socket of pair) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => pair.forEach((it) => it.destroy()));
      socket.on('close', () => {
        open.delete(socket);
        pair.forEach((it) => it.destroySoon());
      });
    }
    const ready = line ? Date.now() + HANDSHAKE.roundTrips * line.roundTripMs : 0;
    if (line) counted.handshakes += HANDSHAKE.bytes;
    carry(browser, upstream, 'up', ready);
    carry(upstream, browser, 'down', ready);
  });

  /** Passes everything from one socket to the other in the line's time. */
  function carry(from, to, direction, ready) {
    const way = new Way(line, ready);
    from.on('data', (chunk) => {
      if (!line) {
        counted[direction] += chunk.length;
        to.write(chunk);
        return;
      }
      for (let at = 0; at < chunk.length; at += SEGMENT) {
        const segment = chunk.subarray(at, at + SEGMENT);
        const { arrives, sent } = way.send(segment.length + HEADERS);
        counted[direction] += (segment.length + HEADERS) * sent;
        counted.lost += sent - 1;
        way.deliver(arrives, () => to.writable && to.write(segment));
      }
    });
  }

  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: server.address().port,
    set(next) {
      line = next;
      for (const socket of open) socket.destroy();
    },
    reset: () => Object.assign(counted, NOTHING),
    read: () => ({ ...counted }),
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}

/** One direction of one connection. */
class Way {
  #line;
  #free;
  #last = 0;
  #waiting = [];

  constructor(line, ready) {
    this.#line = line;
    this.#free = ready;
  }

  /** When so many bytes arrive, and how often they had to be sent. */
  send(bytes) {
    const { bitsPerSecond, roundTripMs, loss } = this.#line;
    const takes = (bytes * 8000) / bitsPerSecond;
    let sent = 1;
    let done = Math.max(Date.now(), this.#free) + takes;
    this.#free = done;
    while (Math.random() < loss) {
      sent++;
      // Noticed a round trip later; sending it again takes the line's time once more.
      done += roundTripMs + takes;
      this.#free += takes;
    }
    this.#last = Math.max(this.#last, done + roundTripMs / 2);
    return { arrives: this.#last, sent };
  }

  /** Calls back at a time, in the order of the calls: two timers for one millisecond may come the wrong way round. */
  deliver(at, write) {
    this.#waiting.push({ at, write });
    if (this.#waiting.length === 1) this.#next();
  }

  #next() {
    setTimeout(() => {
      this.#waiting.shift().write();
      if (this.#waiting.length > 0) this.#next();
    }, this.#waiting[0].at - Date.now());
  }
}
