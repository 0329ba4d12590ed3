import type { Exclusion } from "../../shared/contract/exclusion.ts";
import type { ReplayStatus } from "../../shared/contract/replay.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";
import { Contributions } from "../../shared/versions/contributions.ts";
import { learnExample } from "../../shared/versions/learn-example.ts";
import { ModelLearner } from "../../shared/versions/model-learner.ts";
import type { Position } from "../log/messages.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import type { ExampleAt } from "./attempts.ts";
import type { NumberedLearnt } from "./journal.ts";
import { MAX_CATCH_UP_PAUSE, SLICE_LIMIT } from "./limits.ts";
import type { Read } from "./log-learner.ts";
import { hasReached, samePosition } from "./position.ts";

/** What a version has learned, and how: what is learned again beside it, and compared. */
export type Original = {
  version: number;
  spec: ModelSpec;
  exclusions: readonly Exclusion[];
  isSetAside: (at: ExampleAt) => boolean;
  learner: ModelLearner;
  /** The last slice of the journal, and its number; null when nothing was learned. */
  last: NumberedLearnt | null;
  /** The first slice of the journal after a number. */
  next: (after: number) => NumberedLearnt | null;
  /** Whether the version goes on with what it had learned: if not, there is nothing to compare with. */
  goesOn: () => boolean;
  read: Read;
};

/**
 * Learns a log again in the order in which a version has learned it, beside the version, which goes on meanwhile; and tells whether that gives the same bits. Nothing
 * of it is kept or published.
 */
export class Replay {
  readonly #original: Original;
  readonly #state: Uint8Array;
  readonly #snapshot: Uint8Array;
  readonly #learner: ModelLearner;
  /** Decisions that are gone from the logs, since their retention is over. */
  #expired = 0;
  readonly status: ReplayStatus;

  /** What the version has learned up to now must be committed. */
  constructor(original: Original) {
    this.#original = original;
    const { learner, spec, version } = original;
    this.#state = learner.state();
    this.#snapshot = encodeSnapshot(learner.snapshot(version, 0));
    this.#learner = new ModelLearner(spec);
    const snapshot = { learned: null, replayed: null };
    this.status = { state: "running", examples: 0, of: learner.examples, problem: null, snapshot };
  }

  /** Never throws: what goes wrong is in the status. */
  async run(): Promise<void> {
    const { status } = this;
    try {
      status.snapshot.learned = await sha256Hex(this.#snapshot);
      await this.#learn();
      const state = this.#learner.state();
      status.snapshot.replayed = await sha256Hex(encodeSnapshot(this.#learner.snapshot(this.#original.version, 0)));
      status.problem = difference(this.#state, state, status);
      if (status.problem !== null && this.#expired > 0)
        status.problem += `; of ${this.#expired} decisions the retention is over, so the log has not got all any more that was learned`;
      status.state = status.problem === null ? "equal" : "different";
    } catch (error) {
      status.problem = error instanceof Error ? error.message : String(error);
      status.state = "failed";
    }
  }

  async #learn(): Promise<void> {
    const { last, next, goesOn, read } = this.#original;
    const places = new Map<string, Position>();
    const contributions = new Contributions(this.#original.spec.perHour);
    for (let number = 0; last !== null && number < last.number; ) {
      const learnt = next(number);
      if (!learnt) throw new Error(BEGAN_ANEW);
      // The last may have grown since.
      const { partition, to } = learnt.number === last.number ? last : learnt;
      const known = places.get(partition);
      let at = known?.log === to.log ? known : null;
      while (!hasReached(at, to)) {
        const started = performance.now();
        const slice = await read(partition, at, to, SLICE_LIMIT);
        if (!goesOn()) throw new Error(BEGAN_ANEW);
        this.#expired += slice.expired?.decisions ?? 0;
        if (slice.rewound || slice.to.log !== to.log || samePosition(slice.to, at))
          throw new Error(`partition ${partition} has not got any more what was learned of it`);
        for (const example of slice.examples) {
          const { decision } = example;
          if (this.#original.isSetAside({ partition, log: to.log, decision })) continue;
          learnExample(this.#learner, contributions, example, this.#original.exclusions);
        }
        at = slice.to;
        this.status.examples = this.#learner.examples;
        // Other objects work for as long as it did: on one machine they share a thread.
        await scheduler.wait(Math.min(performance.now() - started, MAX_CATCH_UP_PAUSE));
      }
      if (at) places.set(partition, at);
      number = learnt.number;
    }
  }
}

const BEGAN_ANEW = "the version has begun to learn its log anew meanwhile";

/** Where two states differ, in words; null: nowhere. */
function difference(learned: Uint8Array, replayed: Uint8Array, { examples, of }: ReplayStatus): string | null {
  if (examples !== of) return `${examples} examples were learned again, and the version has learned ${of}`;
  const length = Math.max(learned.length, replayed.length);
  for (let byte = 0; byte < length; byte++)
    if (learned[byte] !== replayed[byte])
      return `after ${of} examples the learner's state differs from byte ${byte} of ${learned.length} on`;
  return null;
}
