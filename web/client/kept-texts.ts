/**
 * What a page finds at once when it starts, before anything else has answered: small things, in localStorage. Where that is refused or full, or nothing may be
 * stored, there is nothing, and the page starts as for the first time.
 */
export class KeptTexts {
  readonly #place: string;
  readonly #allowed: () => boolean;

  /** @param place Two of one place are one. @param allowed whether the visitor lets us. */
  constructor(place: string, allowed: () => boolean = () => true) {
    this.#place = place;
    this.#allowed = allowed;
  }

  /** undefined: there is none, or what is there cannot be read. */
  read<T>(name: string): T | undefined {
    if (!this.#allowed()) return undefined;
    try {
      const text = localStorage.getItem(`${this.#place} ${name}`);
      return text === null ? undefined : (JSON.parse(text) as T);
    } catch {
      return undefined;
    }
  }

  /** @param value null: nothing any more. @returns whether it is kept. */
  write(name: string, value: unknown): boolean {
    try {
      if (value === null) localStorage.removeItem(`${this.#place} ${name}`);
      else if (!this.#allowed()) return false;
      else localStorage.setItem(`${this.#place} ${name}`, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  }

  /** Forgets all of it. */
  clear(): void {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(`${this.#place} `)) localStorage.removeItem(key);
    } catch {
      // There is nothing.
    }
  }
}
