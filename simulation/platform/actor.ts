/**
 * Something that runs code and can be ended at any point: the instance of an object, a Worker that answers a request, a tab. What was due for it when it ended
 * never happens, and its promises never settle.
 */
export class Actor {
  readonly name: string;
  #alive = true;
  /** By how much its clock is ahead of the world's, ms. */
  skew = 0;

  constructor(name: string) {
    this.name = name;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether the scheduler may end it. */
  get mortal(): boolean {
    return true;
  }

  /** A turn of it is over: all that it could do without waiting is done. */
  turned(): void {}

  /** Ends it. */
  end(): void {
    this.#alive = false;
  }

  /** What leaves it waits until `send` may be called. */
  send(send: () => void): void {
    send();
  }
}

/** What the scheduler never ends: the network, the browser, and who looks on. */
export class Immortal extends Actor {
  override get mortal(): boolean {
    return false;
  }
}
