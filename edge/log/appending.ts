import type { DeadLetters } from "./dead-letters.ts";
import { type Draws, inOrderOfDraws } from "./draws.ts";
import { feedbackRecord } from "./letter-body.ts";
import { DRAW_RETRY, MAX_FEEDBACK, MAX_RECORD_BYTES } from "./limits.ts";
import type { Log } from "./log.ts";
import type {
  ActivationOutcome,
  Append,
  Appended,
  CallOutcome,
  DecisionOutcome,
  Draw,
  FeedbackOutcome,
  IncomingActivation,
  IncomingDecision,
  IncomingFeedback,
  Sender,
  Unusable,
} from "./messages.ts";
import { isTooLong } from "./record-size.ts";
import { isSameRecord } from "./same-record.ts";
import { slotOf } from "./slot-of.ts";
import { type Counts, noCounts } from "./totals.ts";

/** Appends to a log what is new of what came. To be used once, in one transaction. */
export class Appending {
  readonly #log: Log;
  readonly #draws: Draws;
  readonly #deadLetters: DeadLetters;
  readonly #isPast: (model: string, at: number) => boolean;
  readonly #receivedAt: number;
  readonly counts: Counts = noCounts();
  /** How much feedback there is of decisions that got some, by id. */
  readonly #feedbackOf = new Map<string, number>();
  /** Models that got rows. */
  readonly models = new Set<string>();
  /** Those of them that got feedback or activations. */
  readonly answered = new Set<string>();

  /** @param isPast whether a decision's retention is over, by model and when it was made. */
  constructor(
    log: Log,
    draws: Draws,
    deadLetters: DeadLetters,
    isPast: (model: string, at: number) => boolean,
    receivedAt: number,
  ) {
    this.#isPast = isPast;
    this.#log = log;
    this.#draws = draws;
    this.#deadLetters = deadLetters;
    this.#receivedAt = receivedAt;
  }

  /** How many rows it appended. */
  get rows(): number {
    return this.counts.decisions + this.counts.feedback + this.counts.activations;
  }

  append(batch: Append): Appended {
    const { decisions, feedback, activations, unusable, keepRejected, binary, models, waiting } = batch;
    for (const letter of unusable) this.#keep(letter, batch);
    for (const session of waiting) this.#draws.waits(session, this.#receivedAt);
    const decided: DecisionOutcome[] = [];
    for (const place of inOrderOfDraws(decisions)) {
      const decision = decisions[place]!;
      const outcome = this.#decision(decision, keepRejected);
      if ("problem" in outcome && outcome.status !== "later" && outcome.status !== "erased" && keepRejected)
        this.#keep({ list: "decisions", id: decision.id, reason: outcome.problem, body: decision.body }, batch);
      decided[place] = outcome;
    }
    return {
      decisions: decided,
      feedback: inEventOrder(feedback, (item) => {
        const outcome = this.#feedback(item, binary, models);
        if (outcome.status === "unlearnable" && keepRejected)
          this.#keep({ list: "feedback", id: item.id, reason: outcome.problem, body: feedbackRecord(item) }, batch);
        return outcome;
      }),
      activations: activations.map((activation) => this.#activation(activation, models)),
    };
  }

  /** @param whole whether it is a repeat of what is there only when it says the same; else whoever made it compares. */
  #decision(decision: IncomingDecision, whole: boolean): DecisionOutcome {
    if (isTooLong(decision.body)) return { status: "too long", problem: TOO_LONG };
    if (this.#log.erased.hasUnit(decision.unit, decision.at)) return this.#erased();
    if (this.#isPast(decision.model, decision.at)) {
      this.#log.erased.refused();
      return PAST;
    }
    const problem = decision.draw ? this.#draws.problem(decision.draw) : null;
    if (problem !== null && this.#log.modelOf(decision.id) === null)
      return this.#outOfTurn(decision.draw!, problem, whole);
    if (!this.#log.appendDecision(decision, this.#receivedAt)) {
      const outcome = knownDecision(this.#log, decision)!;
      if (outcome.status !== "duplicate") return outcome;
      if (whole && !isSameRecord(outcome.stored, decision.body))
        return { status: "conflict", problem: "belongs to another decision, which is in the log and stays as it is" };
      this.counts.duplicates++;
      return outcome;
    }
    if (decision.draw) this.#draws.entered(decision.draw);
    this.counts.decisions++;
    this.models.add(decision.model);
    return { status: "accepted" };
  }

  /** @param again whether its sender sends it again when told so: who waits for a decision does not. */
  #outOfTurn({ session }: Draw, problem: string, again: boolean): DecisionOutcome {
    return again && this.#draws.isWaiting(session, this.#receivedAt)
      ? { status: "later", problem, retryAfter: DRAW_RETRY }
      : { status: "out of turn", problem };
  }

  /** Feedback for what stands in a list is that of the slot where it stands. */
  #ofList(
    { action, ...given }: IncomingFeedback,
    binary: readonly string[],
    senders: Append["models"],
  ): FeedbackOutcome {
    const model = this.#log.modelOf(given.id);
    if (model === null || !maySpeakFor(senders, model)) return this.#gone(given.id) ?? UNKNOWN;
    const id = slotOf(this.#log, given.id, action!);
    if (id === null) return { status: "unlearnable", field: "action", problem: "stands in no slot of the list" };
    return this.#feedback({ ...given, id }, binary, senders);
  }

  #feedback(feedback: IncomingFeedback, binary: readonly string[], senders: Append["models"]): FeedbackOutcome {
    if (feedback.action !== undefined) return this.#ofList(feedback, binary, senders);
    const model = this.#log.modelOf(feedback.id);
    if (!maySpeakFor(senders, model)) return UNKNOWN;
    const gone = model === null ? this.#gone(feedback.id) : null;
    if (gone !== null) return gone;
    if (isTooLong(feedback.body ?? "")) return { status: "unlearnable", problem: TOO_LONG };
    if (model !== null && binary.includes(model) && feedback.value !== 0 && feedback.value !== 1)
      return { status: "unlearnable", problem: `must be 0 or 1: ${model} predicts a binary label` };
    const given =
      this.#feedbackOf.get(feedback.id) ?? this.#log.countFeedback(feedback.id, model, senders, MAX_FEEDBACK);
    this.#feedbackOf.set(feedback.id, given);
    if (given >= MAX_FEEDBACK && !this.#log.hasFeedback(feedback, model, senders))
      return { status: "unlearnable", problem: `is more than the ${MAX_FEEDBACK} that one decision may have` };
    const isNew = this.#log.appendFeedback(feedback, model, senders, this.#receivedAt);
    if (isNew) this.#feedbackOf.set(feedback.id, given + 1);
    return this.#counted(isNew, "feedback", model);
  }

  #activation(activation: IncomingActivation, senders: Append["models"]): ActivationOutcome {
    const model = this.#log.modelOf(activation.id);
    if (!maySpeakFor(senders, model)) return UNKNOWN;
    const gone = model === null ? this.#gone(activation.id) : null;
    if (gone !== null) return gone;
    const isNew = this.#log.appendActivation(activation, model, senders, this.#receivedAt);
    return this.#counted(isNew, "activations", model);
  }

  #counted(isNew: boolean, list: "feedback" | "activations", model: string | null) {
    if (!isNew) {
      this.counts.duplicates++;
      return { status: "duplicate" as const };
    }
    this.counts[list]++;
    if (model !== null) {
      this.models.add(model);
      this.answered.add(model);
    }
    return { status: "accepted" as const };
  }

  /**
   * Why nothing is taken for a decision that is not there any more; null: it may come. While it is being removed, the same may still be in a file: it would be there twice.
   */
  #gone(id: string) {
    if (this.#log.erased.hasDecision(id)) return this.#erased();
    if (!this.#log.removals.has(id)) return null;
    this.#log.erased.refused();
    return GOING;
  }

  /** What is of an erased unit and of before: nothing of it is kept, but that it came. */
  #erased() {
    this.#log.erased.refused();
    return ERASED;
  }

  #keep(letter: Unusable, sender: Sender): void {
    if (isErased(this.#log, letter, this.#receivedAt)) {
      this.#log.erased.refused();
      return;
    }
    if (this.#deadLetters.add(letter, sender, this.#receivedAt)) this.counts.deadLetters++;
  }
}

/** Appends what arrived together in the order in which it happened, so that the first to happen is the first in the log. Outcomes run parallel to the items. */
function inEventOrder(
  items: readonly IncomingFeedback[],
  append: (item: IncomingFeedback) => FeedbackOutcome,
): FeedbackOutcome[] {
  const outcomes = new Map<IncomingFeedback, FeedbackOutcome>();
  for (const item of items.toSorted((a, b) => a.at - b.at)) outcomes.set(item, append(item));
  return items.map((item) => outcomes.get(item)!);
}

const TOO_LONG = `has more than the ${MAX_RECORD_BYTES} bytes that a record may have`;
const ERASED = { status: "erased", problem: "is of a unit that was erased since" } as const;
const PAST = {
  status: "erased",
  problem: "was made so long ago that records of its model are kept no longer",
} as const;
const GOING = {
  status: "erased",
  problem: "is for a decision that was made so long ago that records of its model are kept no longer",
} as const;
const UNKNOWN = { status: "unknown", problem: "is not the id of a decision" } as const;

/** Whether something that cannot be used is of a unit that was erased after it was made. It may be anything. */
function isErased({ erased }: Log, { list, id, body }: Unusable, receivedAt: number): boolean {
  if (!erased.remembers) return false;
  if (list !== "decisions") return id !== null && erased.hasDecision(id);
  const { unit, at } = fieldsOf(body);
  return (
    typeof unit === "string" && erased.hasUnit(unit, typeof at === "number" ? Math.min(at, receivedAt) : receivedAt)
  );
}

function fieldsOf(body: string): { unit?: unknown; at?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

/** Of a decision that has not come, nobody knows the model: what is said for it is joined only if its sender may (joinables.ts). */
const maySpeakFor = (senders: Append["models"], model: string | null): boolean =>
  senders === null || model === null || senders.includes(model);

/** What is in the log by a decision's id; null when nothing is. */
function knownDecision(log: Log, { id, model }: IncomingDecision): DecisionOutcome | null {
  const its = log.modelOf(id);
  if (its === null) return null;
  if (its !== model) return { status: "conflict", problem: "belongs to a decision of another model" };
  return { status: "duplicate", stored: log.record(id)! };
}

/** What one call's decisions come to when some of their ids are known and others are not, so that none is appended; else null. */
export function leftOut(log: Log, decisions: readonly IncomingDecision[]): CallOutcome[] | null {
  // One decision alone, as most calls have, is known or it is not: appending it tells.
  if (decisions.length < 2) return null;
  const known = decisions.map((decision) => knownDecision(log, decision));
  if (!known.includes(null) || known.every((outcome) => outcome === null)) return null;
  return known.map((outcome) => outcome ?? { status: "left out" });
}
