import { writeOutput } from "../observe/output.ts";
import { age } from "./clock.ts";

/** Least time between two lines of one object, ms: what is broken is met again with every call. */
const LINE_INTERVAL = 60_000;

/** What an object was about to commit is not as it must always be. Nothing of it is committed, and so nothing of it acknowledged. */
export class BrokenInvariantError extends Error {
  override readonly name = "BrokenInvariantError";

  /** @param part such as `partition 2`. @param what must hold and does not. */
  constructor(part: string, what: string) {
    super(`${part} has committed nothing: ${what}`);
  }
}

/**
 * What must hold of all that an object commits, whatever was sent to it: that it does not, is a fault of ours, or of the storage. They are looked at in
 * the transaction that commits, in production too, so what is broken is never what the object goes on from: it keeps what it
 * had, and whoever asked has no answer to rely on. Each is counted (`edgewise_invariants_broken_total`), and said.
 */
export class Invariants {
  readonly #part: string;
  #broken = 0;
  #saidAt = Number.NEGATIVE_INFINITY;

  /** @param part such as `partition 2`. */
  constructor(part: string) {
    this.#part = part;
  }

  /** How often one did not hold since the object started. */
  get broken(): number {
    return this.#broken;
  }

  /** @param what is wrong when it does not hold. @throws BrokenInvariantError then. */
  require(holds: boolean, what: () => string): void {
    if (!holds) throw this.breach(what());
  }

  /** Of one that was found not to hold: counts it, and says so now and then. @returns what to throw. */
  breach(what: string): BrokenInvariantError {
    const error = new BrokenInvariantError(this.#part, what);
    this.#broken++;
    if (age(this.#saidAt) > LINE_INTERVAL) {
      this.#saidAt = Date.now();
      writeOutput("error", "state is not as it must be, and is not committed", { part: this.#part, what });
    }
    return error;
  }
}
