import { InputError } from "../files/input-error.ts";
import { isEmpty } from "../files/lines.ts";
import { Example } from "./example.ts";
import { type Hashing, STRINGS } from "./hashing.ts";
import type { LabelKind } from "./label.ts";
import { type OnDoubt, readLine } from "./text.ts";

/** Gathers the lines of events in VW's text format: a shared line, perhaps, and one line an action, until an empty line. */
export class Events {
  readonly #onEvent: (shared: Example | null, actions: readonly Example[], count: number) => void;
  readonly #labels: LabelKind;
  readonly #hashing: Hashing;
  readonly #onDoubt: OnDoubt | undefined;
  #shared = new Example();
  readonly #actions: Example[] = [];
  #hasShared = false;
  #count = 0;
  #isSpoilt = false;
  /** Whether there may be more lines of the event: it ends with an empty one. */
  #isOpen = false;

  constructor(
    onEvent: (shared: Example | null, actions: readonly Example[], count: number) => void,
    labels: LabelKind,
    hashing: Hashing = STRINGS,
    onDoubt?: OnDoubt,
  ) {
    this.#onDoubt = onDoubt;
    this.#onEvent = onEvent;
    this.#labels = labels;
    this.#hashing = hashing;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#isOpen = !isEmpty(bytes, start, end);
    if (!this.#isOpen) {
      this.end();
      return;
    }
    if (this.#isSpoilt) return;
    readLine(bytes, start, end, this.#labels, this.next(), this.#hashing, this.#onDoubt);
    this.filled();
  }

  /** The example that the event's next line is to be read into. */
  next(): Example {
    let action = this.#actions[this.#count];
    if (action === undefined) {
      action = new Example();
      this.#actions.push(action);
    }
    return action;
  }

  /** Takes `next()`, now that it holds a line. */
  filled(): void {
    const line = this.#actions[this.#count]!;
    if (!line.shared) {
      this.#count++;
      return;
    }
    if (this.#count > 0 || this.#hasShared) throw new InputError("the shared line must be the first of its event");
    this.#actions[0] = this.#shared;
    this.#shared = line;
    this.#hasShared = true;
  }

  /** Leaves out the event that is being gathered, with the lines of it that are still to come. */
  spoil(): void {
    this.#isSpoilt = this.#isOpen;
    this.#hasShared = false;
    this.#count = 0;
  }

  /** Ends the event that is being gathered, if there is one. */
  end(): void {
    this.#isSpoilt = false;
    const { hasShared, count } = { hasShared: this.#hasShared, count: this.#count };
    this.#hasShared = false;
    this.#count = 0;
    if (count > 0) this.#onEvent(hasShared ? this.#shared : null, this.#actions, count);
    else if (hasShared) throw new InputError("an event has a shared line but no action");
  }
}
