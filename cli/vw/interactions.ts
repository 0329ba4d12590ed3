/** Two slots whose features are to be combined, in this order. */
export type Pair = readonly [first: number, second: number];

/** Stands for every slot. */
const WILDCARD = 58;
/** Slots that a wildcard stands for: printable ones. */
const isPlain = (slot: number): boolean => slot >= 0x20 && slot <= 0x7e;

/**
 * The quadratic interactions of a command line (`-q ab -q ::`). Of two with the same slots, in whatever order, the first
 * counts.
 */
export class Interactions {
  readonly #asked: readonly Pair[];
  readonly #wild: boolean;
  readonly #seen = new Set<number>();
  #pairs: readonly Pair[];

  constructor(asked: readonly Pair[]) {
    this.#asked = asked;
    this.#wild = asked.some((pair) => pair.includes(WILDCARD));
    this.#pairs = this.#wild ? [] : withoutRepeats(asked);
  }

  get none(): boolean {
    return this.#asked.length === 0;
  }

  /** The pairs for an example with these slots. Wildcards stand for all slots that were seen so far. */
  pairs(slots: readonly number[]): readonly Pair[] {
    if (!this.#wild) return this.#pairs;
    const before = this.#seen.size;
    for (const slot of slots) if (isPlain(slot)) this.#seen.add(slot);
    if (this.#seen.size > before) this.#pairs = withoutRepeats(this.#expand());
    return this.#pairs;
  }

  #expand(): Pair[] {
    const slots = [...this.#seen].sort((a, b) => a - b);
    return this.#asked.flatMap(([first, second]): Pair[] => {
      if (first === WILDCARD && second === WILDCARD)
        return slots.flatMap((a, i) => slots.slice(i).map((b): Pair => [a, b]));
      if (first === WILDCARD) return slots.map((a): Pair => [a, second]);
      return second === WILDCARD ? slots.map((b): Pair => [first, b]) : [[first, second]];
    });
  }
}

function withoutRepeats(pairs: readonly Pair[]): Pair[] {
  const seen = new Set<number>();
  return pairs.filter(([a, b]) => {
    const key = Math.min(a, b) * 256 + Math.max(a, b);
    return !seen.has(key) && seen.add(key);
  });
}
