/** Counts what went through a server's sockets since the last `reset`, headers included. */
export class ByteCount {
  requests = 0;
  #up = 0;
  #down = 0;
  #sockets = new Map();

  constructor(server) {
    server.on('connection', (socket) => {
      this.#sockets.set(socket, { up: 0, down: 0 });
      socket.on('close', () => {
        this.#take(socket);
        this.#sockets.delete(socket);
      });
    });
  }

  reset() {
    this.read();
    this.requests = this.#up = this.#down = 0;
  }

  /** Bytes from and to the browser, and the number of requests. */
  read() {
    for (const socket of this.#sockets.keys()) this.#take(socket);
    return { up: this.#up, down: this.#down, requests: this.requests };
  }

  #take(socket) {
    const seen = this.#sockets.get(socket);
    this.#up += socket.bytesRead - seen.up;
    this.#down += socket.bytesWritten - seen.down;
    this.#sockets.set(socket, { up: socket.bytesRead, down: socket.bytesWritten });
  }
}
