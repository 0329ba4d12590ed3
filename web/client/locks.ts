/**
 * Web Locks, which the browser frees when their holder is gone, however it went. They exist in secure contexts only (https, localhost),
 * and refuse pages whose origin is nobody's, such as sandboxed frames; `locks` is undefined elsewhere.
 */
const locks: LockManager | undefined = globalThis.origin === "null" ? undefined : globalThis.navigator?.locks;

/** Runs `task` while no other tab runs one under this name. Without locks, or where they are refused, it just runs: what it sends may be sent twice. */
export async function exclusively<T>(name: string, task: () => Promise<T>): Promise<T> {
  let running: Promise<T> | undefined;
  const run = () => {
    running ??= task();
    return running;
  };
  // Where it was not refused, it fails as the task does.
  await locks?.request(name, run).catch(() => {});
  return run();
}

/**
 * Takes the lock until the returned function is called or the worker ends. A holder that is alive says so when it is asked, so only one
 * that is ending is waited for.
 * @param wait Most time to wait, in ms.
 * @returns null when the lock is another's, or there are no locks.
 */
export async function claim(name: string, wait: number): Promise<(() => void) | null> {
  if (!locks) return null;
  const channel = new BroadcastChannel(name);
  const waiting = new AbortController();
  return new Promise((claimed) => {
    // Chromium now and then leaves a request that is aborted early without an answer, so nothing here waits for one.
    const giveUp = () => {
      waiting.abort();
      channel.close();
      claimed(null);
    };
    const timer = setTimeout(giveUp, wait);
    channel.onmessage = ({ data }) => data === "held" && giveUp();
    channel.postMessage("held?");
    const hold = (): Promise<void> | undefined => {
      clearTimeout(timer);
      if (waiting.signal.aborted) return undefined;
      channel.onmessage = ({ data }) => data === "held?" && channel.postMessage("held");
      return new Promise<void>((release) => claimed(release)).finally(() => channel.close());
    };
    locks.request(name, { signal: waiting.signal }, hold).catch(giveUp);
  });
}

/** Names of the locks that are held now by any tab. */
export async function heldLocks(): Promise<Set<string>> {
  const { held = [] } = (await locks?.query()) ?? {};
  return new Set(held.map((lock) => lock.name ?? ""));
}
