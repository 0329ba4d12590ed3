import type { Env } from "../env.ts";

type Channels = Pick<Env["CHANNEL"], "getByName">;
export type ChannelStub = ReturnType<Channels["getByName"]>;

/**
 * A page has one socket, at a channel of the first of its models; that channel asks those of the others to pass on to it what they are told. Who passes on is told, with each call, whether anybody is left there who
 * follows the model, and ends it otherwise.
 */
export class Relays {
  readonly #sql: SqlStorage;
  readonly #channels: Channels;

  constructor(sql: SqlStorage, channels: Channels) {
    this.#sql = sql;
    this.#channels = channels;
  }

  /** Passes on to `channel` from now on. */
  add(channel: string): void {
    this.#sql.exec(
      "INSERT INTO relays (channel, asked) VALUES (?, 1) ON CONFLICT (channel) DO UPDATE SET asked = asked + 1",
      channel,
    );
  }

  /** @throws Error when one could not be told: it is to be told again. */
  async tell(what: (channel: ChannelStub) => Promise<boolean>): Promise<void> {
    const relays = this.#sql.exec<{ channel: string; asked: number }>("SELECT channel, asked FROM relays").toArray();
    await Promise.all(
      relays.map(async ({ channel, asked }) => {
        if (await what(this.#channels.getByName(channel))) return;
        // Unless it has asked anew meanwhile.
        this.#sql.exec("DELETE FROM relays WHERE channel = ? AND asked = ?", channel, asked);
      }),
    );
  }
}
