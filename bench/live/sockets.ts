import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

/**
 * Opens so many sockets of pages that follow a model, and counts what comes over them: bare ones, since that many clients of any library would take more of this machine than what is measured. In a
 * thread of its own.
 */

const { port, path, count } = workerData as { port: number; path: string; count: number };
/** Connections that are being opened at a time. */
const AT_ONCE = 20;
/** How often one is tried that the edge sends away, since it has too much to do. */
const TRIES = 20;

let frames = 0;
let bytes = 0;
let closed = 0;
const sockets: Socket[] = [];

async function open(): Promise<void> {
  for (let n = 1; ; n++)
    try {
      return await tryToOpen();
    } catch (error) {
      if (n === TRIES) throw error;
      await setTimeout(1000 + Math.random() * 2000);
    }
}

function tryToOpen(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
      );
    });
    let isOpen = false;
    socket.on("data", (data) => {
      if (isOpen) {
        // What a server sends at a time is a frame, or a few.
        frames++;
        bytes += data.length;
      } else if (data.toString("latin1", 0, 12) === "HTTP/1.1 101") {
        isOpen = true;
        sockets.push(socket);
        resolve();
      } else {
        reject(new Error(`no socket: ${data.toString("utf8").slice(0, 300)}`));
        socket.destroy();
      }
    });
    socket.on("error", reject);
    socket.on("close", () => {
      if (isOpen) closed++;
      reject(new Error("a socket was closed"));
    });
  });
}

const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
  for (let n = lane; n < count; n += AT_ONCE) await open();
});
await Promise.all(lanes);
parentPort!.on("message", () => {
  parentPort!.postMessage({ open: sockets.length - closed, frames, bytes });
});
parentPort!.postMessage("open");
export type Heard = { open: number; frames: number; bytes: number };
