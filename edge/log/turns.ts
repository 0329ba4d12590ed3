/**
 * Group commit. The platform makes one transaction of all that an object writes in one turn of its event loop, and holds back every answer until that is on the
 * disk. So who waits for the next turn shares it with all others that came before it, and who is alone waits for nobody.
 *
 * @example
 * await turns.next();
 * storage.transactionSync(() => append(batch)); // in the same commit as that of whoever waited too
 */
export class Turns {
  #next: Promise<void> | null = null;

  /** Resolves at the beginning of the next turn, for all who wait in the order in which they came. */
  next(): Promise<void> {
    this.#next ??= scheduler.wait(0).then(() => {
      this.#next = null;
    });
    return this.#next;
  }
}
