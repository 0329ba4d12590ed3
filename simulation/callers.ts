import type { Appended, CallOutcome, IncomingDecision, IncomingFeedback, Unusable } from "../edge/log/messages.ts";
import { NOTHING } from "../edge/log/messages.ts";
import { partitionOf } from "../edge/log/route.ts";
import { decisionKey, feedbackKey, type Ledger } from "./ledger.ts";
import type { Platform } from "./platform/platform.ts";
import { World } from "./platform/world.ts";
import { rankRecord } from "./records.ts";

/** How long a caller waits before it sends again what was not acknowledged, ms. */
const RETRY = 700;

/** Servers that call the edge: each sends what it has until that is acknowledged. */
export class Callers {
  readonly #platform: Platform;
  readonly #partitions: number;
  readonly #ledger: Ledger;
  #calls = 0;
  /** How many calls are under way. */
  open = 0;

  constructor(platform: Platform, partitions: number, ledger: Ledger) {
    this.#platform = platform;
    this.#partitions = partitions;
    this.#ledger = ledger;
  }

  /** Has a decision made, and does with its id, when it is acknowledged, what comes next. */
  decide(next: (id: string) => void): void {
    const id = `call-${this.#calls++}`;
    const { current: world } = World;
    const record = { ...rankRecord(id, this.#ledger.drawUnit(world.fate), Date.now(), world.random), deferred: false };
    const { model, unit, at, deferred } = record;
    this.#ledger.decided(record);
    const decision: IncomingDecision = { id, model, unit, claimedAt: at, at, deferred, body: JSON.stringify(record) };
    const append = async (): Promise<boolean> => {
      const [outcome] = (await this.#partition(id).appendCall!([decision])) as CallOutcome[];
      if (outcome!.status === "erased" && this.#ledger.mayBeGone(id)) return false;
      if (outcome!.status !== "accepted" && outcome!.status !== "duplicate")
        throw new Error(`${id} was answered ${JSON.stringify(outcome)}`);
      return true;
    };
    this.#until(decisionKey(record), append, () => next(id));
  }

  feedback(id: string, value: number, final: boolean): void {
    const at = Date.now();
    const feedback: IncomingFeedback = { id, value, final, claimedAt: at, at };
    const append = async (): Promise<boolean> => {
      const appended = (await this.#partition(id).append!({ ...NOTHING, feedback: [feedback] })) as Appended;
      const { status } = appended.feedback[0]!;
      if (status === "erased" && this.#ledger.mayBeGone(id)) return false;
      if (status !== "accepted" && status !== "duplicate") throw new Error(`feedback for ${id} was answered ${status}`);
      return true;
    };
    this.#until(feedbackKey({ id, at, value, final }), append, () => {});
  }

  #partition(id: string) {
    return this.#platform.namespaces.PARTITION!.getByName(partitionOf(id, this.#partitions));
  }

  /** Sends something that no edge can use, for a unit. Nobody waits for it. */
  junk(): void {
    const { current: world } = World;
    const id = `junk-${this.#calls++}`;
    const unit = this.#ledger.drawUnit(world.fate);
    const body = JSON.stringify({ id, unit, at: Date.now(), actions: [] });
    const reason =
      world.fate() < 0.5 ? "actions: must not be empty" : `actions: there are none for ${JSON.stringify(unit)}`;
    const unusable: Unusable[] = [{ list: "decisions", id, reason, body }];
    world.schedule(world.outside, 0, id, () => {
      this.#partition(id).append!({ ...NOTHING, unusable, keepRejected: true }).catch(() => {});
    });
  }

  /** @param append whether it was taken, and not refused as what may be gone. */
  #until(key: string, append: () => Promise<boolean>, acknowledged: () => void): void {
    const { current: world } = World;
    this.#ledger.sent.add(key);
    this.open++;
    const attempt = (): void => {
      append().then(
        (taken) => {
          this.open--;
          if (!taken) return;
          this.#ledger.acknowledged.add(key);
          acknowledged();
        },
        (error: Error) => {
          if (error.message.includes("was answered")) world.violated(error.message);
          world.schedule(world.outside, RETRY * (0.5 + world.fate()), `${key} again`, attempt);
        },
      );
    };
    world.schedule(world.outside, 0, key, attempt);
  }
}
