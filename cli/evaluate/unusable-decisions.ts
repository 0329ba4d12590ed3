import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import { UsageError } from "../command.ts";
import type { InputError } from "../files/input-error.ts";
import { NoSuchAction, OutcomeError, type OutcomePart } from "../files/outcome-error.ts";
import { isTooMany, SHARE } from "../files/too-many.ts";
import { NotUtf8, TO_UTF8 } from "../files/utf8.ts";
import { PropensityAboveOne } from "../log-files/propensity.ts";
import { RepeatedDecision } from "../log-files/read-log.ts";

type Found = { first: { line: number; problem: string }; times: number; advice: string | null };

/** Lines that cannot be used for what makes a whole log doubtful: outcomes that are none, propensities above 1, and decisions that come twice. */
export class UnusableDecisions {
  #decisions = 0;
  #others = 0;
  readonly #propensities = new Propensities();
  readonly #actions = new Actions();
  #above: Found | null = null;
  #repeated: Found | null = null;
  #garbled: Found | null = null;
  readonly #outcomes = new Map<OutcomePart, Found>();

  /** A decision that can be used. @param count of actions to choose from. */
  decision({ propensity, chosen }: Outcome, count: number): void {
    this.#decisions++;
    this.#propensities.add(propensity, count);
    this.#actions.chosen(chosen);
  }

  unusable(line: number, error: InputError): void {
    if (error instanceof PropensityAboveOne) {
      this.#propensities.add(error.value, error.count);
      this.#above = again(this.#above, line, error);
    } else if (error instanceof NotUtf8) this.#garbled = again(this.#garbled, line, error);
    else if (error instanceof RepeatedDecision) this.#repeated = again(this.#repeated, line, error);
    else if (error instanceof OutcomeError) {
      if (error instanceof NoSuchAction) this.#actions.missing(error);
      this.#outcomes.set(error.part, again(this.#outcomes.get(error.part) ?? null, line, error));
    } else this.#others++;
  }

  /** @throws UsageError when so many lines are left out for it that the others say nothing. */
  check(name: string): void {
    const all = this.#all;
    const fail = ({ first, times }: Found, advice: string | null): never => {
      throw new UsageError(
        `${name}, line ${first.line}: ${first.problem}, and so it is in ${times} of ${all} decisions. ${advice ?? "What is left is no sample of the log: mend these lines."}`,
      );
    };
    if (this.#above !== null && this.#above.times > SHARE * all) fail(this.#above, this.#propensities.advice);
    if (this.#repeated !== null && this.#repeated.times > SHARE * all)
      fail(
        this.#repeated,
        "A log in which decisions come twice makes intervals too narrow, and does not tell which of them are right: leave each in once.",
      );
    if (this.#garbled !== null && isTooMany(this.#garbled.times, all)) fail(this.#garbled, TO_UTF8);
    for (const [part, found] of this.#outcomes)
      if (isTooMany(found.times, all)) fail(found, (part === "action" ? this.#actions.advice : null) ?? found.advice);
  }

  /** What to say before the figures of what was left out, in sentences. */
  get doubts(): string[] {
    const all = this.#all;
    const parts = [...this.#outcomes].map(([part, { times }]) => `${times} for the ${part}`);
    const outcomes = [...this.#outcomes.values()].reduce((sum, { times }) => sum + times, 0);
    return [
      ...(outcomes === 0
        ? []
        : [
            `${outcomes} of ${all} decisions cannot be used for what they say of their outcome (${parts.join(", ")}), and are left out: the figures are of the others.`,
          ]),
      ...(isTooMany(this.#others, all)
        ? [
            `${this.#others} lines cannot be used and are left out, beside ${this.#decisions} decisions that can: if they have something in common, what is left is no sample of the log.`,
          ]
        : []),
    ];
  }

  get #all(): number {
    const found = [this.#above, this.#repeated, this.#garbled, ...this.#outcomes.values()];
    return found.reduce((sum, one) => sum + (one?.times ?? 0), this.#decisions);
  }
}

const again = (found: Found | null, line: number, error: InputError): Found =>
  found === null
    ? {
        first: { line, problem: error.message },
        times: 1,
        advice: error instanceof OutcomeError ? error.advice : null,
      }
    : { ...found, times: found.times + 1 };

/** The actions that a log says were chosen, to find out from where it counts. */
class Actions {
  /** Places in the list, from 0. */
  #least = Number.POSITIVE_INFINITY;
  #most = -1;
  /** Those that there are not, if they are all the same. */
  #missing: NoSuchAction | null = null;
  #isOne = true;

  chosen(place: number): void {
    this.#least = Math.min(this.#least, place);
    this.#most = Math.max(this.#most, place);
  }

  missing(error: NoSuchAction): void {
    this.#missing ??= error;
    if (this.#missing.action !== error.action) this.#isOne = false;
  }

  get advice(): string | null {
    if (this.#missing === null || !this.#isOne) return null;
    const { action, first, last } = this.#missing;
    if (action === last + 1 && this.#least > 0)
      return `Actions seem to count from ${first + 1}, and here they count from ${first}: subtract 1.`;
    if (action === first - 1 && this.#most < last - first)
      return `Actions seem to count from ${first - 1}, and here they count from ${first}: add 1.`;
    return null;
  }
}

/** All that a log tells as its propensities, to find out what they are. */
class Propensities {
  #count = 0;
  #least = Number.POSITIVE_INFINITY;
  #most = 0;
  #ofPerCent = 0;
  #ofInverse = 0;

  /** @param count of actions to choose from. */
  add(value: number, count: number): void {
    this.#count++;
    this.#least = Math.min(this.#least, value);
    this.#most = Math.max(this.#most, value);
    this.#ofPerCent += 100 / (count * value);
    this.#ofInverse += value / count;
  }

  /** What they look like: of right propensities p of K actions the mean of 1 / (K p) is 1. */
  get advice(): string {
    const distance = (sum: number) => Math.abs(Math.log(sum / this.#count));
    const [perCent, inverse] = [distance(this.#ofPerCent), distance(this.#ofInverse)];
    if (this.#most <= 100 && (perCent <= inverse || this.#least < 1))
      return "They look like per cent: divide them by 100.";
    if (this.#least >= 1) return "They look like 1 / p: give p itself, the probability of what was chosen.";
    return "A propensity is the probability of what was chosen, from 0 to 1.";
  }
}
