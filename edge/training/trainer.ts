import { DurableObject } from "cloudflare:workers";
import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import type { Env } from "../env.ts";
import type { Slice } from "../log/messages.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { inJurisdiction } from "../storage/jurisdiction.ts";
import { type Past, type PutBack, putBack } from "../storage/put-back.ts";
import { Waking } from "../storage/waking.ts";
import { within } from "../storage/within.ts";
import { ALARM_WAIT, ASK_INTERVAL } from "./limits.ts";
import type { KeptSnapshot, TrainerCalls, TrainerConfig, TrainerStatus } from "./messages.ts";
import { createTables, hasTables, upgradeTables } from "./schema.ts";
import { Training } from "./training.ts";
import { VersionStore } from "./version-store.ts";

/**
 * The one trainer of a version; the object's name is `model@version`. It reads what is new in the partitions' logs, joins it by
 * the version's own rules and learns it in memory. A checkpoint commits state, positions and journal together; only what is
 * committed is published. So a crash loses at most work that nobody has seen, and the positions say from where to do
 * it again.
 */
export class Trainer extends DurableObject<Env> implements TrainerCalls {
  readonly #waking: Waking;
  #version: VersionStore | null = null;
  #training: Training | null = null;
  /** When it last asked the registry what it is to train, and whether it was told since it started. */
  #askedAt = Number.NEGATIVE_INFINITY;
  #isTold = false;

  constructor(ctx: DurableObjectState, bindings: Env) {
    const env = inJurisdiction(bindings);
    super(ctx, env);
    this.#waking = new Waking(ctx.storage, () => this.#work());
    ctx.blockConcurrencyWhile(async () => {
      await this.#waking.load();
      if (!hasTables(ctx.storage.sql)) return;
      if (ctx.storage.transactionSync(() => upgradeTables(ctx.storage.sql)))
        writeOutput("warn", "what a former release had learned is forgotten, and the log is learned again", {
          trainer: ctx.id.name,
        });
      this.#start();
      // It may be an older copy, which was not told of what was erased or excluded since.
      this.#askRegistry();
      // That it has started is known before it learns what may end it.
      await ctx.storage.sync();
    });
  }

  async configure(config: TrainerConfig): Promise<Publication> {
    const { storage, id } = this.ctx;
    if (id.name !== `${config.model}@${config.version}`)
      throw new Error(`trainer ${id.name} was told to train ${config.model}@${config.version}`);
    if (!this.#version)
      storage.transactionSync(() => {
        createTables(storage.sql);
        VersionStore.create(storage.sql, config);
        this.#start();
      });
    this.#isTold = true;
    this.#version!.expect(config);
    this.#training!.take(config);
    return this.#training!.publication();
  }

  async advance(partition: string, slice: Slice | null): Promise<void> {
    await this.#configured().advance(partition, slice);
  }

  status(): TrainerStatus {
    return this.#configured().status();
  }

  snapshotOf(number: number): KeptSnapshot | null {
    return this.#configured().snapshotOf(number);
  }

  startReplay(): ReplayStatus | null {
    return this.#configured().startReplay();
  }

  replay(): ReplayStatus | null {
    return this.#configured().replay();
  }

  notice(): SnapshotNotice {
    return this.#configured().notice();
  }

  putBack(to: Past): Promise<PutBack> {
    return putBack(this.ctx, to);
  }

  override alarm(): Promise<void> {
    return this.#waking.rang();
  }

  async #work(): Promise<void> {
    if (!this.#training) return;
    if (!this.#isTold) this.#askRegistry();
    await within(ALARM_WAIT, this.#training.work());
  }

  #start(): void {
    const version = new VersionStore(this.ctx.storage.sql);
    this.#training = new Training(version, this.ctx.storage, this.env, this.#waking);
    this.#version = version;
  }

  /** The registry knows what it is to train. */
  #askRegistry(): void {
    const { name } = this.ctx.id;
    const now = Date.now();
    if (name === undefined || Math.abs(now - this.#askedAt) < ASK_INTERVAL) return;
    this.#askedAt = now;
    this.ctx.waitUntil(
      this.#beTold(name).catch((error) =>
        writeOutput("error", "the registry could not be asked", { trainer: name, ...errorFields(error) }),
      ),
    );
  }

  async #beTold(name: string): Promise<void> {
    const at = name.lastIndexOf("@");
    const [model, version] = [name.slice(0, at), Number(name.slice(at + 1))];
    const registry = this.env.REGISTRY.getByName("registry");
    const config = await registry.configOf(model, version, this.#version?.relearning ?? 0);
    if (config) await this.configure(config);
    this.#isTold = true;
  }

  #configured(): Training {
    if (this.#training) return this.#training;
    // Somebody takes it for the trainer of a version, and it knows of none: it has lost its data.
    this.#askRegistry();
    throw new Error(`trainer ${this.ctx.id.name} was never told what to train`);
  }
}
