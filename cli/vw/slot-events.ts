import { InputError } from "../files/input-error.ts";
import type { LineReader } from "../files/line-reader.ts";
import { isEmpty } from "../files/lines.ts";
import { Example } from "./example.ts";
import type { Hashing } from "./hashing.ts";
import { type OnDoubt, readLine } from "./text.ts";

/** A decision of several slots: each takes one of the actions that those before it left. */
export type SlotEvent = { shared: Example; actions: readonly Example[]; slots: readonly Example[] };

/** Gathers the lines of decisions of several slots in VW's text format (ccb): what all share, the actions, the slots, until an empty line. */
export class SlotEvents implements LineReader {
  readonly #onEvent: (event: SlotEvent) => void;
  readonly #hashing: Hashing;
  readonly #onDoubt: OnDoubt;
  #lines: Example[] = [];
  #isSpoilt = false;
  /** Whether there may be more lines of the decision: it ends with an empty one. */
  #isOpen = false;

  constructor(onEvent: (event: SlotEvent) => void, hashing: Hashing, onDoubt: OnDoubt) {
    this.#onEvent = onEvent;
    this.#hashing = hashing;
    this.#onDoubt = onDoubt;
  }

  line(bytes: Uint8Array, start: number, end: number): void {
    this.#isOpen = !isEmpty(bytes, start, end);
    if (!this.#isOpen) {
      this.end();
      return;
    }
    if (this.#isSpoilt) return;
    const line = new Example();
    readLine(bytes, start, end, "slots", line, this.#hashing, this.#onDoubt);
    this.#lines.push(line);
  }

  spoil(): void {
    this.#isSpoilt = this.#isOpen;
    this.#lines = [];
  }

  end(): void {
    this.#isSpoilt = false;
    const lines = this.#lines;
    this.#lines = [];
    const [shared, ...others] = lines;
    if (shared === undefined) return;
    if (!shared.shared) throw new InputError('a decision of several slots begins with "ccb shared"');
    const slots = others.filter(({ slot }) => slot !== null);
    this.#onEvent({ shared, actions: others.filter(({ slot }) => slot === null), slots });
  }
}
