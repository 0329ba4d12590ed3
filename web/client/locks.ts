/**
 * Web Locks, which the browser frees when their holder is gone, however it went. They exist in secure contexts only (https, localhost);
 * `locks` is undefined elsewhere.
 */
const locks: LockManager | undefined = globalThis.navigator.locks;

/** Runs `task` while no other tab runs one under this name. Without locks it just runs: what it sends may be sent twice. */
export function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  // The type of request() promises a promise of the promise.
  return locks ? (locks.request(name, task) as Promise<T>) : task();
}

/**
 * Takes the lock until the returned function is called or the worker ends.
 * @returns null when it is not free within `wait` ms, or there are no locks.
 */
export async function claim(name: string, wait: number): Promise<(() => void) | null> {
  if (!locks) return null;
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  return new Promise((claimed) => {
    locks
      .request(name, { signal: AbortSignal.timeout(wait) }, () => {
        claimed(release);
        return held;
      })
      .catch(() => claimed(null));
  });
}

/** Names of the locks that are held now by any tab. */
export async function heldLocks(): Promise<Set<string>> {
  const { held = [] } = (await locks?.query()) ?? {};
  return new Set(held.map((lock) => lock.name ?? ""));
}
