import { readKeys } from "../storage/keys.ts";
import { KEYS_LOOK } from "./limits.ts";

/** What a socket is kept with. `key`: id of the key that it was opened with, `root`, or `open` while there were none. `follows`: see follows.ts. */
type Attachment = { key: string; follows: readonly string[] };

/** The policy of whoever closes it does not allow it any more: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
export const POLICY_VIOLATION = 1008;
/** What it came for cannot be had now. */
export const TRY_AGAIN_LATER = 1013;

/**
 * Closes sockets whose keys are no longer taken: revoked, expired, or opened without one before there were any. It is asked whenever pages are sent
 * something, so that whoever has lost a key is told nothing for longer than some seconds; while nothing is sent, nobody need look.
 */
export class SocketKeys {
  readonly #bucket: R2Bucket;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** Number of the keys that the sockets were held against last; 0: before there were any. */
  #number = 0;
  /** When each key is no longer taken, by id. */
  #ends = new Map<string, number>();

  constructor(bucket: R2Bucket) {
    this.#bucket = bucket;
  }

  /** Notes by which key a socket was opened, and what for. */
  static note(socket: WebSocket, key: string, follows: readonly string[]): void {
    socket.serializeAttachment({ key, follows } satisfies Attachment);
  }

  /** @throws Error when the keys cannot be read: the sockets stay open. */
  async close(sockets: () => WebSocket[]): Promise<void> {
    const now = Date.now();
    if (now >= this.#lookedAt && now < this.#lookedAt + KEYS_LOOK) return;
    this.#lookedAt = now;
    const keys = await readKeys(this.#bucket, this.#number);
    if (keys) {
      this.#number = keys.number;
      this.#ends = new Map(
        keys.keys.map(({ id, expiresAt, revokedAt }) => [id, revokedAt ?? expiresAt ?? Number.POSITIVE_INFINITY]),
      );
    }
    if (this.#number === 0) return;
    for (const socket of sockets()) {
      const { key } = (socket.deserializeAttachment() ?? { key: "open" }) as Pick<Attachment, "key">;
      if (key !== "root" && !((this.#ends.get(key) ?? 0) > now))
        socket.close(POLICY_VIOLATION, "the key is no longer taken");
    }
  }
}
