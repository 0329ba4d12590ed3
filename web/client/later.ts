/** How long a load that failed is left alone, in ms. */
const PAUSE = 5_000;

/** What is loaded behind: when it is first asked for, and again until it is here. */
export class Later<T> {
  readonly #load: () => Promise<T>;
  #loading: Promise<T> | undefined;
  #here!: (value: T) => void;
  /** It, as soon as it is here: this never rejects, and never resolves in a page where it cannot be had. */
  readonly here = new Promise<T>((resolve) => {
    this.#here = resolve;
  });
  /** It, if it is here. */
  value: T | undefined;

  constructor(load: () => Promise<T>) {
    this.#load = load;
  }

  /** Whether anybody has asked for it. */
  get isAsked(): boolean {
    return this.#loading !== undefined;
  }

  /** Asks for it. @throws (as a rejection) when it cannot be had now. */
  now(): Promise<T> {
    this.#loading ??= this.#load().then(
      (value) => {
        this.value = value;
        this.#here(value);
        return value;
      },
      (error) => {
        setTimeout(() => {
          this.#loading = undefined;
          this.now().catch(() => {});
        }, PAUSE);
        throw error;
      },
    );
    return this.#loading;
  }

  /** Asks for it. @returns it, as soon as it is here. */
  soon(): Promise<T> {
    this.now().catch(() => {});
    return this.here;
  }
}
