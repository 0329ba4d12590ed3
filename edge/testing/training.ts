import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { canonicalJson } from "../../shared/contract/canonical.ts";
import type { Stage } from "../../shared/contract/directory.ts";
import type { Publication } from "../../shared/contract/publication.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { Contributions } from "../../shared/versions/contributions.ts";
import { joinRules } from "../../shared/versions/join.ts";
import { learnExample } from "../../shared/versions/learn-example.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Example, Position, Slice } from "../log/messages.ts";
import { readSnapshot } from "../storage/snapshots.ts";
import { Journal } from "../training/journal.ts";
import type { Trainer } from "../training/trainer.ts";
import { appendOf, incoming, incomingFeedback, rankRecord } from "./records.ts";

/** Trainers in tests: configured as the registry would, fed through the partitions, and compared with learning by hand. */

export const partition = (name: string) => env.PARTITION.getByName(name);

/** A version in training, as tests see it. */
export class Trained {
  readonly spec: ModelSpec;
  readonly version: number;

  constructor(spec: ModelSpec, version = 1) {
    this.spec = spec;
    this.version = version;
  }

  get name(): string {
    return `${this.spec.name}@${this.version}`;
  }

  get stub() {
    return env.TRAINER.getByName(this.name);
  }

  configure(stage: Stage, directory = 1): Promise<Publication> {
    const { spec, version } = this;
    return this.stub.configure({ model: spec.name, version, spec: canonicalJson(spec), stage, directory });
  }

  status() {
    return this.stub.status();
  }

  /** How many examples are learned and committed. */
  examples = async (): Promise<number> => (await this.status()).examples;

  /** How many examples are published. */
  published = async (): Promise<number> => (await this.status()).publication.examples;

  async snapshot(): Promise<SnapshotData> {
    return readSnapshot(env.ARTIFACTS, (await this.status()).publication);
  }

  /** Ends the object; what it had in memory is gone. */
  evict(): Promise<void> {
    return evictDurableObject(this.stub);
  }

  sql<T>(run: (sql: SqlStorage) => T): Promise<T> {
    return runInDurableObject(this.stub, (_: Trainer, { storage }) => run(storage.sql));
  }

  /** What was learned, in order: of each slice the partition and where it ended. */
  journal(): Promise<(Position & { partition: string })[]> {
    return this.sql((sql) => {
      const journal = new Journal(sql);
      const slices: (Position & { partition: string })[] = [];
      for (let next = journal.next(0); next; next = journal.next(next.number))
        slices.push({ partition: next.partition, ...next.to });
      return slices;
    });
  }

  /** Ends it in a way that it cannot read its state when it is next started. */
  async garble(): Promise<void> {
    await this.sql((sql) => {
      sql.exec("UPDATE checkpoint SET state = x'00' WHERE state IS NOT NULL");
      sql.exec("UPDATE state SET bytes = x'00'");
    });
    await this.evict();
  }

  /**
   * A learner that learns the logs in the order of the journal.
   * @param learned called after each example. @param without examples that are not learned.
   */
  async rebuilt(
    learned: (learner: ModelLearner) => void = () => {},
    without: (example: Example) => boolean = () => false,
  ) {
    const journal = await this.journal();
    const learner = new ModelLearner(this.spec);
    const contributions = new Contributions(this.spec.perHour);
    const positions = new Map<string, Position>();
    for (const { partition: name, ...upto } of journal) {
      const known = positions.get(name);
      const from = known?.log === upto.log ? known : null;
      for (const example of await this.read(name, from, upto)) {
        if (without(example)) continue;
        learnExample(learner, contributions, example);
        learned(learner);
      }
      positions.set(name, upto);
    }
    return { learner, journal };
  }

  /** All examples between two positions, joined by the version's rules. */
  async read(name: string, from: Position | null, upto: Position | null): Promise<Example[]> {
    const examples: Example[] = [];
    for (let more = true, at = from; more; ) {
      const slice = await this.slice(name, at, upto);
      if (upto) expect(slice.to.log).toBe(upto.log);
      examples.push(...slice.examples);
      at = slice.to;
      more = slice.more;
    }
    return examples;
  }

  /** The next slice, read in the version's name, so that no other reader is made. */
  slice(name: string, from: Position | null, upto: Position | null = null): Promise<Slice> {
    const { spec } = this;
    const asks = { reader: this.name, model: spec.name, rules: joinRules(spec) };
    return partition(name).read({ ...asks, from, upto, limit: 7 });
  }
}

/** Trains a version of a spec, live unless another stage is asked for. */
export async function train(spec: ModelSpec, stage: Stage = "live", version = 1): Promise<Trained> {
  const trained = new Trained(spec, version);
  await trained.configure(stage);
  return trained;
}

/** Puts `n` decisions of a model and their feedback into a partition; `from` numbers them. */
export async function feed(spec: ModelSpec, name: string, from: number, n: number): Promise<void> {
  const now = Date.now();
  const numbers = Array.from({ length: n }, (_, i) => from + i);
  const id = (i: number) => `${spec.name}-${name}.${i}`;
  await partition(name).append(
    appendOf({
      decisions: numbers.map((i) => incoming(rankRecord(spec.name, id(i), now, i % 3 ? "phone" : "desktop"))),
      feedback: numbers.map((i) => incomingFeedback({ id: id(i), value: (i * 7) % 5, at: now })),
    }),
  );
}
