// What else the machine was doing: figures of a busy machine are to be judged by it.
import fs from 'node:fs';
import os from 'node:os';

/** Jiffies since the machine started: all of them, those spent idle, those taken by other guests. */
export function cpuTimes() {
  if (!fs.existsSync('/proc/stat')) return { total: 1, idle: 1, steal: 0 };
  const [line] = fs.readFileSync('/proc/stat', 'utf8').split('\n');
  const values = line.trim().split(/\s+/).slice(1).map(Number);
  return { total: values.reduce((a, b) => a + b, 0), idle: values[3] + values[4], steal: values[7] ?? 0 };
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Waits, at most `seconds`, for a second in which the machine is at least 85 % idle; says how idle the last one was. */
export async function quiet(seconds) {
  let idle = 1;
  for (let i = 0; i < seconds; i++) {
    const before = cpuTimes();
    await pause(1000);
    const after = cpuTimes();
    idle = (after.idle - before.idle) / Math.max(1, after.total - before.total);
    if (idle > 0.85) break;
  }
  return idle;
}

/** The machine in one line. */
export function describe() {
  const [cpu] = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${os.cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory} GiB, ${os.type()} ${os.arch()}`;
}
