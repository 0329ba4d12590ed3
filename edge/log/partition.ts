import { DurableObject } from "cloudflare:workers";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { checkFeedback } from "../../shared/versions/check-feedback.ts";
import type { Env } from "../env.ts";
import { CLOSE_LIMIT, DELIVERY_DELAY } from "../limits.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { deploymentOf } from "../registry/deployments.ts";
import { Alarm } from "../storage/alarm.ts";
import { type CounterName, Counters } from "./counters.ts";
import { DeadLetters } from "./dead-letters.ts";
import { Examples } from "./examples.ts";
import { inTime, isFinal, Joins, join, type Pending } from "./joins.ts";
import { Log, type LoggedFeedback } from "./log.ts";
import type {
  Append,
  Appended,
  CallOutcome,
  DecisionOutcome,
  FeedbackOutcome,
  IncomingDecision,
  IncomingFeedback,
  PartitionStatistics,
  Pulled,
  Unusable,
} from "./messages.ts";
import { Retries } from "./retries.ts";
import { createTables } from "./schema.ts";

/**
 * One part of the log: appends decisions and feedback, each once, and joins them to examples. What it acknowledged
 * is durable; learners pull the examples by offset and are told, at least once, that there are new ones.
 */
export class Partition extends DurableObject<Env> {
  readonly #alarm: Alarm;
  readonly #log: Log;
  readonly #joins: Joins;
  readonly #examples: Examples;
  readonly #deadLetters: DeadLetters;
  readonly #counters: Counters;
  readonly #retries = new Retries();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const { sql } = ctx.storage;
    createTables(sql);
    this.#alarm = new Alarm(ctx.storage);
    this.#log = new Log(sql);
    this.#joins = new Joins(sql);
    this.#examples = new Examples(sql);
    this.#deadLetters = new DeadLetters(sql);
    this.#counters = new Counters(sql);
    ctx.blockConcurrencyWhile(async () => {
      await this.#alarm.load();
      this.#rearm();
    });
  }

  /** Appends what is new. All of it, and what follows from it, is one transaction. */
  append(batch: Append): Appended {
    const appended = this.#counting((count) => {
      const keep = (letter: Unusable) => {
        if (this.#deadLetters.add(letter, batch.receivedAt)) count("deadLetters");
      };
      for (const letter of batch.unusable) keep(letter);
      const decisions = batch.decisions.map((decision) => {
        const outcome = this.#appendDecision(decision, batch.receivedAt, count, keep);
        if (outcome.status === "conflict" && batch.keepRejected)
          keep({ list: "decisions", id: decision.id, reason: outcome.problem, body: decision.body });
        return outcome;
      });
      const feedback = batch.feedback.map((item) => {
        const outcome = this.#appendFeedback(item, batch.receivedAt, count);
        if (outcome.status === "unlearnable" && batch.keepRejected)
          keep({ list: "feedback", id: item.id, reason: outcome.problem, body: feedbackBody(item) });
        return outcome;
      });
      return { decisions, feedback };
    });
    this.#rearm();
    return appended;
  }

  /** Appends what one call decided: all of it, or nothing when some of the ids are known and others are not. */
  appendCall(decisions: IncomingDecision[], receivedAt: number): CallOutcome[] {
    // One decision alone, as most calls have, is known or it is not: appending it tells.
    const known = decisions.length > 1 ? decisions.map((decision) => this.#known(decision)) : [];
    if (known.includes(null) && known.some((outcome) => outcome !== null))
      return known.map((outcome) => outcome ?? { status: "left out" });
    return this.append({ receivedAt, decisions, feedback: [], unusable: [], keepRejected: false }).decisions;
  }

  /** The next examples of a model after an offset, oldest first; an empty list when there are none. */
  pull(model: string, after: number, limit: number): Pulled {
    return { log: this.#log.identity, examples: this.#examples.after(model, after, limit) };
  }

  statistics(): PartitionStatistics {
    const { closed, ...counters } = this.#counters.all();
    return { ...counters, pending: counters.decisions - closed, newest: this.#examples.newest() };
  }

  /** Closes the waits that are over and tells the learners what is new. */
  override async alarm(): Promise<void> {
    this.#alarm.rang();
    this.#closeWaits(Date.now());
    // One learner at a time: a partition has few models, and each call returns as soon as its examples are learned.
    for (const { model, newest } of this.#examples.undelivered())
      if (this.#retries.notBefore(model) <= Date.now()) await this.#deliver(model, newest);
    this.#rearm();
  }

  #appendDecision(
    decision: IncomingDecision,
    receivedAt: number,
    count: Count,
    keep: (letter: Unusable) => void,
  ): DecisionOutcome {
    const offset = this.#log.appendDecision(decision, receivedAt);
    if (offset === null) {
      const outcome = this.#known(decision)!;
      if (outcome.status === "duplicate") count("duplicates");
      return outcome;
    }
    count("decisions");
    const { spec } = deploymentOf(decision.model)!;
    const pending = this.#joins.open({ offset, ...decision }, receivedAt, spec.reward);
    const early = this.#log.feedback(decision.id).filter((feedback) => {
      const reason = checkFeedback(spec, feedback.value);
      if (reason === null) return true;
      keep({ list: "feedback", id: decision.id, reason, body: feedbackBody({ id: decision.id, ...feedback }) });
      return false;
    });
    this.#settle(pending, spec, early, count);
    return { status: "accepted" };
  }

  /** What is in the log by the decision's id; null when nothing is. */
  #known({ id, model }: IncomingDecision): DecisionOutcome | null {
    const its = this.#log.modelOf(id);
    if (its === null) return null;
    if (its !== model) return { status: "conflict", problem: `belongs to a decision of model ${its}` };
    return { status: "duplicate", stored: this.#log.record(id) };
  }

  #appendFeedback(feedback: IncomingFeedback, receivedAt: number, count: Count): FeedbackOutcome {
    const model = this.#log.modelOf(feedback.id);
    const spec = model === null ? undefined : deploymentOf(model)?.spec;
    const problem = spec ? checkFeedback(spec, feedback.value) : null;
    if (problem !== null) return { status: "unlearnable", problem };
    if (!this.#log.appendFeedback(feedback, receivedAt)) {
      count("duplicates");
      return { status: "duplicate" };
    }
    count("feedback");
    const pending = this.#joins.waiting(feedback.id);
    if (model !== null && (!pending || feedback.at > pending.countsUntil)) count("late");
    if (pending && spec) this.#settle(pending, spec, this.#learnable(pending, spec), count);
    return { status: "accepted" };
  }

  /** Completes the decision if its feedback is final. */
  #settle(pending: Pending, spec: ModelSpec, feedback: LoggedFeedback[], count: Count): void {
    const counting = inTime(pending, feedback);
    if (isFinal(spec.reward, counting)) this.#complete(pending, spec, counting, count);
  }

  #complete(pending: Pending, spec: ModelSpec, feedback: LoggedFeedback[], count: Count): void {
    this.#joins.close(pending);
    count("closed");
    const joined = join(spec.reward, feedback);
    if (joined === null) return;
    this.#examples.add(pending.model, pending.decision, joined.value, joined.feedbackAt);
    count("examples");
  }

  #learnable(pending: Pending, spec: ModelSpec): LoggedFeedback[] {
    return this.#log.feedback(pending.id).filter((feedback) => checkFeedback(spec, feedback.value) === null);
  }

  #closeWaits(now: number): void {
    this.#counting((count) => {
      for (const pending of this.#joins.over(now, CLOSE_LIMIT)) {
        const spec = deploymentOf(pending.model)?.spec;
        if (spec) this.#complete(pending, spec, inTime(pending, this.#learnable(pending, spec)), count);
        else {
          // The model was taken out of service: its decisions stay in the log, but nobody waits for them.
          this.#joins.close(pending);
          count("closed");
        }
      }
    });
  }

  /** Does something in one transaction with what it counts. */
  #counting<T>(change: (count: Count) => T): T {
    return this.ctx.storage.transactionSync(() => {
      const counted = new Map<CounterName, number>();
      const result = change((name) => counted.set(name, (counted.get(name) ?? 0) + 1));
      this.#counters.add(counted);
      return result;
    });
  }

  async #deliver(model: string, newest: number): Promise<void> {
    if (!deploymentOf(model)) return;
    try {
      await this.env.LEARNER.getByName(model).advance(this.ctx.id.name!);
      this.#examples.delivered(model, newest);
      this.#retries.succeeded(model);
    } catch (error) {
      this.#retries.failed(model, Date.now());
      writeOutput("error", "learner could not be told", { model, partition: this.ctx.id.name, ...errorFields(error) });
    }
  }

  /** Sets the alarm for the next thing to do. Called in the turn that changed what there is to do. */
  #rearm(): void {
    const due = this.#joins.nextDue();
    if (due !== null) this.#alarm.noLaterThan(due);
    for (const { model } of this.#examples.undelivered())
      if (deploymentOf(model))
        this.#alarm.noLaterThan(Math.max(Date.now() + DELIVERY_DELAY, this.#retries.notBefore(model)));
  }
}

type Count = (name: CounterName) => void;

const feedbackBody = (feedback: { id: string; value: number; at: number; final: boolean }): string => {
  const { id, value, at, final } = feedback;
  return JSON.stringify({ id, value, at, final });
};
