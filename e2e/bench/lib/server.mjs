// Serves files, takes pushed records durably, and counts bytes on the browser's side of the socket.
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import zlib from 'node:zlib';
import { ByteCount } from './bytecount.mjs';

const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};

/** Sent with every answer: a finer clock needs an isolated page. */
const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-cache',
};

/**
 * Starts on a free port. `folders` are looked through in turn; `work` keeps what is pushed.
 * `fallback(path)` may name the file for a path that no folder has, as a single-page app needs.
 */
export async function startServer({ folders, work, fallback = () => null }) {
  fs.mkdirSync(work, { recursive: true });
  const log = fs.openSync(path.join(work, 'push.ndjson'), 'a');
  const server = http.createServer((request, response) => {
    bytes.requests++;
    const { pathname } = new URL(request.url, 'http://localhost');
    if (request.method === 'POST' && pathname === '/push') return takePush(request, response, log);
    const file = find(folders, pathname) ?? find(folders, fallback(pathname) ?? '');
    return file ? sendFile(response, file) : response.writeHead(404).end();
  });
  const bytes = new ByteCount(server);
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    origin: `http://localhost:${server.address().port}`,
    bytes,
    close() {
      server.closeAllConnections();
      server.close();
      fs.closeSync(log);
    },
  };
}

/** The file for a path, or nothing. Paths that climb out of their folder find nothing. */
function find(folders, pathname) {
  for (const folder of folders) {
    let file = path.join(folder, path.normalize(decodeURIComponent(pathname)));
    if (!file.startsWith(path.resolve(folder))) continue;
    if (fs.existsSync(file) && fs.statSync(file).isDirectory()) file = path.join(file, 'index.html');
    if (fs.existsSync(file)) return file;
  }
  return null;
}

function sendFile(response, file) {
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  const body = fs.readFileSync(file);
  response.writeHead(200, { ...ISOLATION, 'content-type': type, 'content-length': body.length }).end(body);
}

/** Takes a sealed parcel, or a batch as JSON or one JSON a line, and answers when it lies on the disk. */
function takePush(request, response, log) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const encoding = request.headers['content-encoding'];
    const sealed = request.headers['content-type'] === 'application/octet-stream';
    let body = Buffer.concat(chunks);
    if (sealed) {
      // A parcel: nobody here can look into it.
      fs.writeSync(log, body);
      fs.fdatasyncSync(log);
      return response.writeHead(200, ISOLATION).end();
    }
    if (encoding === 'gzip') body = zlib.gunzipSync(body);
    if (encoding === 'deflate-raw') body = zlib.inflateRawSync(body);
    const lines = request.headers['content-type'].includes('ndjson');
    const records = lines ? body.toString().split('\n').map((line) => JSON.parse(line)) : JSON.parse(body);
    if (records.length > 0) {
      fs.writeSync(log, `${records.map((record) => JSON.stringify(record)).join('\n')}\n`);
      fs.fdatasyncSync(log);
    }
    response.writeHead(200, { ...ISOLATION, 'content-type': 'application/json' });
    response.end(JSON.stringify({ n: records.length }));
  });
}
