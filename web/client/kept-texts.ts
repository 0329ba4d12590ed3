/**
 * What a page finds at once when it starts, before anything else has answered: small things, in localStorage. Where that is refused or full, or nothing may be
 * stored, there is nothing, and the page starts as for the first time.
 */
export class KeptTexts {
  readonly #place: string;
  readonly #allowed: () => boolean;
  readonly #storage: () => Storage;

  /**
   * @param place Two of one place are one. @param allowed whether the visitor lets us. @param storage where: by default in localStorage, else, of a tab, in
   * sessionStorage.
   */
  constructor(place: string, allowed: () => boolean = () => true, storage: () => Storage = () => localStorage) {
    this.#place = place;
    this.#allowed = allowed;
    this.#storage = storage;
  }

  /** undefined: there is none, or what is there cannot be read. */
  read<T>(name: string): T | undefined {
    if (!this.#allowed()) return undefined;
    try {
      // Of what is not there it makes null.
      return (JSON.parse(this.#storage().getItem(`${this.#place} ${name}`)!) as T | null) ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** @param value null: nothing any more. @returns whether it is kept. */
  write(name: string, value: unknown): boolean {
    try {
      if (value === null) this.#storage().removeItem(`${this.#place} ${name}`);
      else if (!this.#allowed()) return false;
      else this.#storage().setItem(`${this.#place} ${name}`, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets all of it. */
  clear(): void {
    try {
      for (const key of Object.keys(this.#storage()))
        if (key.startsWith(`${this.#place} `)) this.#storage().removeItem(key);
    } catch {
      // There is nothing.
    }
  }
}
