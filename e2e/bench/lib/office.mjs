// A real server with the demo caseload, for the measures that need one.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const PATIENCE = 10 * 60_000;

/**
 * Starts the server in a folder of its own with `site` as the app. `more` are further arguments. Gives its port, the
 * invitations it printed, and `stop`.
 * It is ready when it has printed its address and, with the demo caseload, that this was loaded.
 */
export async function startOffice({ server, site, work, demo, more = [] }) {
  fs.mkdirSync(work, { recursive: true });
  const args = ['serve', '--port', '0', '--data', path.join(work, 'data'), '--site', site, '--quiet-log'];
  if (demo) args.push('--demo');
  args.push(...more);
  const child = spawn(server, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  const ready = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start:\n${said}`)), PATIENCE);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}:\n${said}`)));
    child.stdout.on('data', (chunk) => {
      said += chunk;
      const port = said.match(/https?:\/\/[^\s/:]+:(\d+)/)?.[1];
      const invitations = [...said.matchAll(/(\S+\/enrol#[\w-]{64})\s/g)].map(([, link]) => link);
      if (port && (!demo || said.includes('\nLoaded '))) {
        clearTimeout(timer);
        resolve({ port: Number(port), invitations });
      }
    });
  });
  const stop = () => {
    const ended = new Promise((done) => child.once('exit', done));
    child.kill('SIGTERM');
    return ended;
  };
  try {
    return { ...(await ready), stop };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
