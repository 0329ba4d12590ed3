/** Slots whose features are to be combined, in this order. */
export type Interaction = readonly number[];

/** Stands for every slot. */
const WILDCARD = 58;
/** Where a decision of several slots has the features of the slot that have no namespace, and which one it is. */
export const SLOT_FEATURES = 139;
export const SLOT_ID = 140;
/** Slots that a wildcard stands for: printable ones, and what the slots of a decision have. */
const isPlain = (slot: number): boolean => (slot >= 0x20 && slot <= 0x7e) || slot === SLOT_FEATURES;

/** What VW's options of interactions say besides which there are. */
export type InteractionRules = {
  /** Also those that are others in another order: `--leave_duplicate_interactions`. */
  keepDuplicates: boolean;
  /** Within one slot every feature meets every other in both orders: `--permutations`. */
  permutations: boolean;
};

const RULES: InteractionRules = { keepDuplicates: false, permutations: false };

/**
 * The interactions of a command line (`-q ab --cubic abc -q ::`). They are made in the order of their length and bytes; of several with the
 * same slots the first counts.
 */
export class Interactions {
  #asked: readonly Interaction[];
  #wild: boolean;
  readonly rules: InteractionRules;
  readonly #seen = new Set<number>();
  #made: readonly Interaction[];

  constructor(asked: readonly Interaction[], rules: InteractionRules = RULES) {
    this.rules = rules;
    this.#asked = [];
    this.#wild = false;
    this.#made = [];
    this.#ask(asked);
  }

  get none(): boolean {
    return this.#asked.length === 0;
  }

  /** Those for an example with these slots. Wildcards stand for all slots that were seen so far. */
  of(slots: readonly number[]): readonly Interaction[] {
    if (!this.#wild) return this.#made;
    const before = this.#seen.size;
    for (const slot of slots) if (isPlain(slot)) this.#seen.add(slot);
    if (this.#seen.size > before) this.#make();
    return this.#made;
  }

  /** From now on everything meets the slot of a decision that it is for, and so does every interaction. */
  addSlotIds(): void {
    const withIds = this.#asked.flatMap((interaction) => [interaction, [...interaction, SLOT_ID]]);
    this.#ask([...withIds, [WILDCARD, SLOT_ID]]);
  }

  #ask(asked: readonly Interaction[]): void {
    this.#asked = this.#filtered(asked);
    this.#wild = this.#asked.some((interaction) => interaction.includes(WILDCARD));
    this.#make();
  }

  #make(): void {
    const slots = [...this.#seen].sort((a, b) => a - b);
    this.#made = this.#filtered(this.#asked.flatMap((interaction) => this.#expand(interaction, slots)));
  }

  /** Every way to put slots in the place of wildcards. */
  #expand(interaction: Interaction, slots: readonly number[]): Interaction[] {
    const wild = interaction.filter((slot) => slot === WILDCARD).length;
    if (wild === 0) return [interaction];
    return this.#choices(wild, slots).map((choice) => {
      let next = 0;
      return interaction.map((slot) => (slot === WILDCARD ? choice[next++]! : slot));
    });
  }

  #choices(wild: number, slots: readonly number[]): Interaction[] {
    const { permutations, keepDuplicates } = this.rules;
    if (wild === 2) {
      const pairs = slots.flatMap((a, i) => slots.slice(i).map((b) => [a, b]));
      return keepDuplicates
        ? pairs.flatMap(([a, b]) =>
            a === b
              ? [[a!, b!]]
              : [
                  [a!, b!],
                  [b!, a!],
                ],
          )
        : pairs;
    }
    let choices: number[][] = [[]];
    for (let i = 0; i < wild; i++)
      choices = choices.flatMap((choice) =>
        // Without permutations those of three and more are in falling order (as in VW).
        slots.filter((slot) => permutations || i === 0 || slot <= choice[i - 1]!).map((slot) => [...choice, slot]),
      );
    return choices;
  }

  /** In order, without repeats; where some slots repeat, they stand together. */
  #filtered(interactions: readonly Interaction[]): Interaction[] {
    const seen = new Set<string>();
    return [...interactions].sort(byLength).flatMap((interaction) => {
      const sorted = interaction.toSorted((a, b) => a - b);
      const key = sorted.join();
      if (!this.rules.keepDuplicates && seen.has(key)) return [];
      seen.add(key);
      const different = new Set(interaction).size;
      return [different > 1 && different < interaction.length ? sorted : interaction];
    });
  }
}

function byLength(a: Interaction, b: Interaction): number {
  if (a.length !== b.length) return a.length - b.length;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
