import { createHash, createHmac } from "node:crypto";
import { World } from "./world.ts";

/**
 * Puts the world's clock, timers, chance and hashes in place of the machine's, for all modules of this process. What depends on the machine would make two runs
 * of a seed differ: hashes too, since the machine computes them on other threads.
 */
export function replaceGlobals(): void {
  const RealDate = globalThis.Date;
  const now = (): number => Math.floor(World.current.now + World.current.actor.skew);
  globalThis.Date = class extends RealDate {
    constructor(...parts: unknown[]) {
      super(...((parts.length === 0 ? [now()] : parts) as [number]));
    }
    static override now = now;
  } as DateConstructor;
  Object.defineProperty(globalThis, "performance", { value: { now: () => World.current.now }, configurable: true });

  const cancels = new Map<number, () => void>();
  let timers = 0;
  const setTimer = (run: (...parts: unknown[]) => void, ms = 0, ...parts: unknown[]): number => {
    const id = ++timers;
    const { current } = World;
    const fire = () => {
      cancels.delete(id);
      run(...parts);
    };
    cancels.set(id, current.schedule(current.actor, ms, "timer", fire));
    return id;
  };
  const setRepeating = (run: () => void, ms: number): number => {
    const id = ++timers;
    const { current } = World;
    const { actor } = current;
    const again = (): void => {
      const fire = () => {
        again();
        run();
      };
      cancels.set(id, current.schedule(actor, ms, "timer", fire));
    };
    again();
    return id;
  };
  const clearTimer = (id: number | null | undefined): void => {
    if (typeof id !== "number") return;
    cancels.get(id)?.();
    cancels.delete(id);
  };
  const put = (values: Record<string, unknown>): void => {
    for (const [name, value] of Object.entries(values))
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  };
  put({
    setTimeout: setTimer,
    clearTimeout: clearTimer,
    setInterval: setRepeating,
    clearInterval: clearTimer,
    setImmediate: (run: () => void) => setTimer(run),
    WebSocketRequestResponsePair: class {},
    scheduler: { wait: (ms: number) => new Promise<void>((resolve) => void setTimer(() => resolve(), ms)) },
  });
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    setTimer(() => controller.abort(new DOMException("The operation timed out", "TimeoutError")), ms);
    return controller.signal;
  };
  Math.random = () => World.current.random();
  replaceCrypto(put);
  for (const level of ["info", "warn", "error", "log"] as const)
    console[level] = (line: unknown) => {
      const { current } = World;
      current.lines.push(`${current.actor.name}: ${line}`);
      if (current.lines.length > 200) current.lines.shift();
      const said = /"message":"([^"]*)"/.exec(String(line))?.[1] ?? String(line);
      current.said.set(said, (current.said.get(said) ?? 0) + 1);
      current.onTrace?.(`    ${level}: ${line}`);
    };
}

function replaceCrypto(put: (values: Record<string, unknown>) => void): void {
  const getRandomValues = <T extends ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(World.current.random() * 256);
    return view;
  };
  const randomUUID = (): string => {
    const hex = Buffer.from(getRandomValues(new Uint8Array(16))).toString("hex");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  };
  const whole = (buffer: Buffer): ArrayBuffer => new Uint8Array(buffer).buffer;
  const subtle = {
    digest: async (_: string, bytes: Uint8Array) => whole(createHash("sha256").update(bytes).digest()),
    importKey: async (_: string, bytes: Uint8Array) => bytes,
    sign: async (_: string, key: Uint8Array, bytes: Uint8Array) =>
      whole(createHmac("sha256", key).update(bytes).digest()),
  };
  put({ crypto: { getRandomValues, randomUUID, subtle } });
}
