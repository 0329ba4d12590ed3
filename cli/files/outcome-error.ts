import { InputError } from "./input-error.ts";

/** What of an outcome a line has wrong. */
export type OutcomePart = "action" | "reward" | "probability" | "label";

/** A line that cannot be used for what it says of its outcome: where such lines are left out, what came of a decision says whether it counts. */
export class OutcomeError extends InputError {
  readonly part: OutcomePart;
  /** What to do, a sentence; null: nobody knows. */
  readonly advice: string | null;

  constructor(part: OutcomePart, message: string, advice: string | null = null) {
    super(message);
    this.part = part;
    this.advice = advice;
  }
}

/** An action that there was not. */
export class NoSuchAction extends OutcomeError {
  readonly action: number;
  readonly first: number;
  readonly last: number;

  /** @param first how the format counts its actions, to `last`. */
  constructor(action: number, first: number, last: number) {
    super("action", `there is no action ${action}: actions are ${first} to ${last}`);
    this.action = action;
    this.first = first;
    this.last = last;
  }
}
