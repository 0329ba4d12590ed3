import { Transform } from "node:stream";

const TEXT = 1;

/**
 * Passes on what a WebSocket's server says, but for the texts that `swallow` asks to lose. Of RFC 6455 it knows what it needs: frames of a server,
 * which are not masked, and texts that are one frame each.
 */
export function serverFrames(swallow: () => boolean): Transform {
  let pending = Buffer.alloc(0);
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      pending = Buffer.concat([pending, chunk]);
      for (let length = frameLength(pending); length !== null; length = frameLength(pending)) {
        const isText = (pending[0]! & 0x0f) === TEXT;
        if (!isText || !swallow()) this.push(pending.subarray(0, length));
        pending = pending.subarray(length);
      }
      done();
    },
  });
}

/** Bytes of the frame at the beginning, its header included; null when it is not all there. */
function frameLength(bytes: Buffer): number | null {
  if (bytes.length < 2) return null;
  const short = bytes[1]! & 0x7f;
  const header = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (bytes.length < header) return null;
  const payload = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return bytes.length < header + payload ? null : header + payload;
}
