import { DurableObject } from "cloudflare:workers";
import { encodeSnapshot } from "../../shared/artifact/snapshot.ts";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Manifest, SnapshotNotice, SnapshotPointer } from "../../shared/contract/manifest.ts";
import { reportText } from "../../shared/online/auto/report-text.ts";
import type { Env } from "../env.ts";
import { ADVANCE_WAIT, MAX_RETRY_DELAY, PUBLICATION_INTERVAL, RETRY_DELAY } from "../limits.ts";
import { partitionNames } from "../log/messages.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { type Deployment, deploymentOf } from "../registry/deployments.ts";
import { Alarm } from "../storage/alarm.ts";
import { hasArtifact, putArtifact, sha256Hex } from "../storage/artifacts.ts";
import { Checkpoint } from "./checkpoint.ts";
import { LogLearner } from "./log-learner.ts";
import { Pacing } from "./pacing.ts";
import { createTables } from "./schema.ts";
import { Snapshots } from "./snapshots.ts";
import { within } from "./within.ts";

/** What a learner says of itself; the Worker makes the manifest of it. */
export type LearnerStatus = Pick<
  Manifest,
  "version" | "examples" | "progressiveLoss" | "meanFeedback" | "report" | "snapshot"
> & {
  /** SHA-256 of the graph, which is in the artifact store. */
  graph: string | null;
  deadLetters: number;
  /** Up to which example of each partition is learned and committed. */
  offsets: { partition: string; offset: number }[];
};

/** Partitions that could not be pulled from, and why. */
type Failures = ReadonlyMap<string, unknown>;

/**
 * The one learner of a model; the object's name is the model's. It pulls examples from the partitions by offset and
 * learns them in memory. A checkpoint commits state, positions and journal together; only what is committed is
 * published. So a crash loses at most work that nobody has seen, and the positions say from where to do it again.
 */
export class Learner extends DurableObject<Env> {
  readonly #alarm: Alarm;
  readonly #checkpoint: Checkpoint;
  readonly #snapshots: Snapshots;
  readonly #pacing = new Pacing();

  #version = 0;
  #graph: string | null = null;
  #learning!: LogLearner;
  /** Whether it was published more than is learned: then it has to learn again what the log has. */
  #behind = false;

  /** Partitions that may have examples to pull. After a start that is all of them. */
  readonly #wanted = new Set<string>();
  #draining: Promise<Failures> | null = null;
  /** Alarms in a row that could not do all they were to do. */
  #failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    createTables(ctx.storage.sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#checkpoint = new Checkpoint(ctx.storage);
    this.#snapshots = new Snapshots(ctx.storage.sql, env.ARTIFACTS);
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      await this.#start();
    });
  }

  get #model(): string {
    return this.ctx.id.name!;
  }

  /**
   * The partition has new examples. Resolves when they are learned, and the alarm is set that will publish them; or, when
   * there is much to learn before them, when the alarm is set that will see to them.
   */
  async advance(partition: string): Promise<void> {
    this.#wanted.add(partition);
    while (this.#wanted.has(partition)) {
      const failed = await within(ADVANCE_WAIT, this.#drain());
      if (!failed) return this.#alarm.noLaterThan(Date.now() + RETRY_DELAY);
      if (failed.has(partition)) throw failed.get(partition);
    }
  }

  status(): LearnerStatus {
    const { examples, progressiveLoss, meanFeedback, unlearnable } = this.#checkpoint.progress();
    const { report } = this.#learning.model;
    return {
      version: this.#version,
      examples,
      progressiveLoss,
      meanFeedback,
      report: report && reportText(report),
      snapshot: this.#newest(),
      graph: this.#graph,
      deadLetters: unlearnable,
      offsets: [...this.#checkpoint.positions()].map(([partition, { offset }]) => ({ partition, offset })),
    };
  }

  /** A page that wants to know of new snapshots: a WebSocket, which hibernates with the object. */
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.send(JSON.stringify(this.#notice()));
    return new Response(null, { status: 101, webSocket: client });
  }

  override webSocketMessage(): void {
    // Pages only listen.
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 say that there was no code; they may not be sent.
    socket.close(code === 1005 || code === 1006 ? 1000 : code);
  }

  /** Publishes what was learned, and sees to it that everything is: what is left of before a start, and what failed. */
  override async alarm(): Promise<void> {
    this.#alarm.rang();
    // Under load there is always more to learn: a publication does not wait for the end of it.
    const failed = await within(PUBLICATION_INTERVAL, this.#drain());
    const errors = new Set(failed?.values());
    try {
      const { examples } = this.#learning.model;
      const published = this.#snapshots.examples(this.#version);
      if (examples > published || failed?.size === 0) this.#behind = false;
      // Before what failed comes, there may be what did not.
      if (examples !== published && !this.#behind) await this.#publish();
      else if (this.#learning.uncommitted) this.#commit();
    } catch (error) {
      errors.add(error);
    }
    for (const error of errors)
      writeOutput("error", "learner could not go on", { model: this.#model, ...errorFields(error) });
    this.#failures = errors.size > 0 ? this.#failures + 1 : 0;
    if (this.#failures > 0 || this.#wanted.size > 0 || this.#draining)
      this.#alarm.noLaterThan(Date.now() + Math.min(RETRY_DELAY * 2 ** this.#failures, MAX_RETRY_DELAY));
  }

  async #start(): Promise<void> {
    const deployment = deploymentOf(this.#model);
    if (!deployment) throw new Error(`model ${this.#model} is not deployed`);
    await this.#chooseVersion(deployment);
    this.#learning = new LogLearner(deployment.spec, this.#checkpoint, async (partition, after, limit) =>
      this.env.PARTITION.getByName(partition).pull(this.#model, after, limit),
    );
    const newest = this.#snapshots.newest(this.#version);
    if (!newest) await this.#putSnapshot(0);
    // What the store has lost is published again: nobody could decide with a pointer to nothing.
    else if (!(await hasArtifact(this.env.ARTIFACTS, newest.sha256))) await this.#putSnapshot(newest.number + 1);
    this.#behind = this.#learning.model.examples < this.#snapshots.examples(this.#version);
    for (const partition of partitionNames(this.env.PARTITIONS)) this.#wanted.add(partition);
    this.#alarm.noLaterThan(Date.now());
  }

  /** Another spec or graph than the last time is another version, which learns the log from its beginning. */
  async #chooseVersion({ spec, graph }: Deployment): Promise<void> {
    const graphPointer = graph && (await putArtifact(this.env.ARTIFACTS, graph));
    this.#graph = graphPointer?.sha256 ?? null;
    const text = canonicalJson({ spec, graph: this.#graph });
    const hash = await sha256Hex(new TextEncoder().encode(text));
    const last = this.#checkpoint.version();
    this.#version = last?.version ?? 0;
    if (last?.hash === hash) return;
    this.#version++;
    this.#checkpoint.begin(this.#version, hash, this.#graph);
  }

  /** Learns from every partition that is wanted; one that fails stays wanted. Calls that come meanwhile share the work. */
  #drain(): Promise<Failures> {
    this.#draining ??= this.#pullWanted().finally(() => {
      this.#draining = null;
    });
    return this.#draining;
  }

  async #pullWanted(): Promise<Failures> {
    const failed = new Map<string, unknown>();
    try {
      while (await this.#learning.learnAgain()) this.#wakeToCommit();
    } catch (error) {
      for (const partition of this.#wanted) failed.set(partition, error);
      return failed;
    }
    for (const partition of this.#wanted) {
      this.#wanted.delete(partition);
      try {
        while (await this.#learning.learnNext(partition)) this.#wakeToCommit();
      } catch (error) {
        failed.set(partition, error);
      }
    }
    for (const partition of failed.keys()) this.#wanted.add(partition);
    return failed;
  }

  #wakeToCommit(): void {
    this.#alarm.noLaterThan(this.#pacing.next(Date.now()));
  }

  #commit(): void {
    const started = Date.now();
    this.#learning.commit();
    this.#pacing.worked(started, Date.now());
  }

  async #publish(): Promise<void> {
    const started = Date.now();
    this.#learning.commit();
    await this.#putSnapshot(this.#newest().number + 1);
    await this.#snapshots.prune();
    this.#pacing.worked(started, Date.now());
    const notice = JSON.stringify(this.#notice());
    // A closing socket refuses; it is gone from the list next time.
    for (const socket of this.ctx.getWebSockets()) if (socket.readyState === WebSocket.OPEN) socket.send(notice);
  }

  /** Stores what was just committed as a snapshot, then points to it. */
  async #putSnapshot(number: number): Promise<void> {
    const version = this.#version;
    const { model, newestFeedbackAt } = this.#learning;
    const { examples } = model;
    const bytes = encodeSnapshot(model.snapshot(version, number));
    const artifact = await putArtifact(this.env.ARTIFACTS, bytes);
    this.#snapshots.add(version, { ...artifact, number, publishedAt: Date.now(), newestFeedbackAt }, examples);
  }

  #newest(): SnapshotPointer {
    return this.#snapshots.newest(this.#version)!;
  }

  #notice(): SnapshotNotice {
    return {
      type: "snapshot",
      model: this.#model,
      version: this.#version,
      snapshot: this.#newest(),
      examples: this.#snapshots.examples(this.#version),
      sentAt: Date.now(),
    };
  }
}
