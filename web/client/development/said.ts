/** Says each thing once. */
export class Said {
  readonly #say: (message: string) => void;
  readonly #said = new Set<string>();

  constructor(say: (message: string) => void) {
    this.#say = say;
  }

  /** @param what the message is about, where it may be told in other words. */
  once(message: string, what = message): void {
    if (this.mark(what)) this.#say(message);
  }

  /** @returns whether nothing was said of it before. */
  mark(what: string): boolean {
    if (this.#said.has(what)) return false;
    this.#said.add(what);
    return true;
  }
}

export const quoted = (name: string): string => JSON.stringify(name);
export const list = (names: readonly string[]): string => names.map(quoted).join(", ");
