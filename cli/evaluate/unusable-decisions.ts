import type { Outcome } from "../../shared/evaluation/log-entry.ts";
import { UsageError } from "../command.ts";
import type { InputError } from "../files/input-error.ts";
import { PropensityAboveOne } from "../log-files/propensity.ts";
import { RepeatedDecision } from "../log-files/read-log.ts";

/** From this share on it is the log that is wrong, and what is left of it is no sample of it. */
const SHARE = 0.01;

type Found = { first: { line: number; problem: string }; times: number };

/** Lines that cannot be used for what makes a whole log doubtful: propensities above 1, and decisions that come twice. */
export class UnusableDecisions {
  #decisions = 0;
  readonly #propensities = new Propensities();
  #above: Found | null = null;
  #repeated: Found | null = null;

  /** A decision that can be used. */
  decision({ propensity }: Outcome, count: number): void {
    this.#decisions++;
    this.#propensities.add(propensity, count);
  }

  unusable(line: number, error: InputError): void {
    if (error instanceof PropensityAboveOne) {
      this.#propensities.add(error.value, error.count);
      this.#above = again(this.#above, line, error.message);
    }
    if (error instanceof RepeatedDecision) this.#repeated = again(this.#repeated, line, error.message);
  }

  /** @throws UsageError when so many lines are left out for it that the others say nothing. */
  check(name: string): void {
    const all = this.#decisions + (this.#above?.times ?? 0) + (this.#repeated?.times ?? 0);
    const fail = ({ first, times }: Found, advice: string): never => {
      throw new UsageError(
        `${name}, line ${first.line}: ${first.problem}, and so it is in ${times} of ${all} decisions. ${advice}`,
      );
    };
    if (this.#above !== null && this.#above.times > SHARE * all) fail(this.#above, this.#propensities.advice);
    if (this.#repeated !== null && this.#repeated.times > SHARE * all)
      fail(
        this.#repeated,
        "A log in which decisions come twice makes intervals too narrow, and does not tell which of them are right: leave each in once.",
      );
  }
}

const again = (found: Found | null, line: number, problem: string): Found =>
  found === null ? { first: { line, problem }, times: 1 } : { ...found, times: found.times + 1 };

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
