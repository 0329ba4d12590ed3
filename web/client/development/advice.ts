import type { ModelSpec } from "../../../shared/contract/spec.ts";
import type { Properties } from "../../../shared/contract/values.ts";
import type { Choice } from "../client.ts";
import { CallAdvice, type CallOptions } from "./call-advice.ts";
import { EventAdvice } from "./event-advice.ts";
import { Said } from "./said.ts";

/** How long a page may take to give what its features read before it is said that it does not, in ms. */
const SETTLE = 2_000;

/**
 * Compares what a page gives with what the specs of its models read, and says each thing once: names that nothing reads, features that never came, values that a
 * feature cannot use. What looks like a typing error is told as one.
 */
export class Advice {
  readonly #said: Said;
  readonly #models = new Map<string, CallAdvice>();
  readonly #events: EventAdvice;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param hasSignals whether the page tells by itself of what only it sees. */
  constructor(say: (message: string) => void, hasSignals: boolean) {
    this.#said = new Said(say);
    this.#events = new EventAdvice(this.#said, hasSignals);
  }

  /** A version decides by this. */
  takeSpec(spec: ModelSpec): void {
    const known = this.#models.get(spec.name);
    if (known) known.spec = spec;
    else this.#models.set(spec.name, new CallAdvice(spec, this.#said));
  }

  /** An event was told of, as `client.track` takes it. */
  takeEvent(type: string, properties: Properties = {}): void {
    this.#events.takeEvent(type, properties);
    this.#soon();
  }

  /** A call was answered; where no version has decided yet, nothing is known of the model. */
  takeCall(model: string, actions: readonly Choice[], options: CallOptions = {}): void {
    this.#models.get(model)?.takeCall(actions, options);
    this.#soon();
  }

  /** What depends on what else comes in the next moments is looked at then. */
  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const model of this.#models.values()) model.tellMissing();
      this.#events.tell([...this.#models.values()]);
    }, SETTLE);
  }
}
