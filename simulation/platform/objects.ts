import { Actor } from "./actor.ts";
import { Disk, Storage } from "./storage.ts";
import { World } from "./world.ts";

type Methods = Record<string, (...parts: unknown[]) => unknown>;
/** A class of objects, as its module exports it. */
export type ObjectClass = new (ctx: never, env: never) => object;
type Reply = { resolve(value: unknown): void; reject(error: Error): void };

/** Pause before an alarm whose handler failed is rung again, ms; it doubles. */
const ALARM_RETRY = 2000;
/** So often an alarm is rung again. */
const MAX_ALARM_RETRIES = 6;

/** One life of an object: what it has in memory, from its start to its end. */
class Life extends Actor {
  readonly #object: SimulatedObject;
  /** What left it before what it had written was confirmed. */
  #held: (() => void)[] = [];
  readonly #synced: (() => void)[] = [];
  readonly #waiting: (() => void)[] = [];
  #blocked = false;
  #confirming = false;
  instance: Methods | null = null;
  /** Callers that wait for an answer. */
  readonly replies = new Set<Reply>();

  constructor(object: SimulatedObject) {
    super(object.name);
    this.#object = object;
  }

  start(): void {
    const { object, ready } = this.#object.create(this);
    this.instance = object;
    if (!ready) return;
    this.#blocked = true;
    ready.then(
      () => {
        this.#blocked = false;
        for (const run of this.#waiting.splice(0)) run();
      },
      (error: unknown) => this.fail(error),
    );
  }

  /** Runs something when it has started. */
  whenReady(run: () => void): void {
    if (this.#blocked) this.#waiting.push(run);
    else run();
  }

  /** It cannot go on. */
  fail(error: unknown): void {
    World.current.trace(`${this.name} cannot start: ${error}`);
    this.end();
  }

  override send(send: () => void): void {
    if (this.#object.disk.unconfirmed) this.#held.push(send);
    else send();
  }

  synced(): Promise<void> {
    return new Promise((resolve) => this.#synced.push(resolve));
  }

  override turned(): void {
    if (!this.alive || !this.#object.disk.unconfirmed || this.#confirming) return;
    const world = World.current;
    if (world.mayCrash(this, "before its turn is committed")) return;
    if (world.strikes(world.chances.unconfirmed, `${this.name} is confirmed late`)) {
      // What is written meanwhile is confirmed with it.
      this.#confirming = true;
      world.schedule(this, world.delay(), "commit", () => {
        this.#confirming = false;
      });
    } else this.#confirm();
  }

  #confirm(): void {
    const world = World.current;
    if (world.mayCrash(this, "before its writes are durable")) return;
    this.#object.disk.confirm();
    this.#object.confirmed?.(this.#object.disk);
    this.#object.setTimer();
    if (world.mayCrash(this, "after its writes are durable")) return;
    for (const send of this.#held.splice(0)) send();
    for (const resolve of this.#synced.splice(0)) world.schedule(this, 0, "synced", resolve);
  }

  override end(): void {
    if (!this.alive) return;
    super.end();
    this.#object.ended(this);
  }
}

/** An object: its disk, and whoever lives on it. */
export class SimulatedObject {
  readonly name: string;
  disk: Disk;
  readonly #class: ObjectClass;
  readonly #id: string;
  readonly #env: object;
  #life: Life | null = null;
  #cancelTimer = (): void => {};
  #alarmFailures = 0;
  #ringing = false;
  #skew = 0;

  constructor(kind: string, id: string, objectClass: ObjectClass, env: object) {
    this.name = `${kind} ${id}`;
    this.#id = id;
    this.#class = objectClass;
    this.#env = env;
    this.disk = new Disk(this.name);
  }

  get running(): boolean {
    return this.#life !== null;
  }

  /** Ends its life, if it has one. */
  crash(): void {
    this.#life?.end();
  }

  /** Puts its clock forward or back, ms, also for those who come after. */
  step(by: number): void {
    this.#skew += by;
    if (this.#life) this.#life.skew = this.#skew;
    this.setTimer();
  }

  /** Nobody reaches it, and nothing wakes it, until this time; and how much longer calls take, ms. */
  downUntil = 0;
  slowness = 0;
  /** Looks at what has become durable. */
  confirmed: ((disk: Disk) => void) | null = null;

  /** In how long its alarm rings, by its own clock, ms; null: it is not set. */
  get ringsIn(): number | null {
    const { durableAlarm } = this.disk;
    return durableAlarm === null ? null : Math.max(durableAlarm - World.current.now - this.#skew, 0);
  }

  /** Ends it, and has another disk in place of its own. */
  replaceDisk(disk: Disk): void {
    this.crash();
    this.#cancelTimer();
    this.disk.sql.close();
    this.disk = disk;
    this.setTimer();
  }

  /** A call has arrived. */
  receive(method: string, parts: unknown[], reply: Reply): void {
    const world = World.current;
    if (world.now < this.downUntil) {
      reply.reject(new Error("internal error; reference = down"));
      return;
    }
    if (this.slowness > 0) {
      const { slowness } = this;
      world.schedule(world.network, slowness, "slow", () => this.#take(method, parts, reply));
    } else this.#take(method, parts, reply);
  }

  #take(method: string, parts: unknown[], reply: Reply): void {
    const life = this.#alive();
    life.replies.add(reply);
    World.current.schedule(life, 0, method, () =>
      life.whenReady(() => {
        const answered = (answer: () => void) => {
          life.send(() => {
            life.replies.delete(reply);
            answer();
          });
        };
        let result: Promise<unknown>;
        try {
          const { instance } = life;
          if (!instance || typeof instance[method] !== "function") throw new Error(`${this.name} has no ${method}`);
          result = Promise.resolve(instance[method](...parts));
        } catch (error) {
          result = Promise.reject(error);
        }
        result.then(
          (value) => {
            const copy = structuredClone(value);
            answered(() => reply.resolve(copy));
          },
          (error: unknown) => {
            const copy =
              error instanceof Error
                ? Object.assign(new Error(error.message), { name: error.name })
                : new Error(String(error));
            answered(() => reply.reject(copy));
          },
        );
      }),
    );
  }

  /** What stays on its disk is as it was committed; who waits for an answer is told that there will be none. */
  ended(life: Life): void {
    const world = World.current;
    this.disk.lose();
    this.#life = null;
    this.#ringing = false;
    for (const reply of life.replies)
      world.schedule(world.network, world.delay(), "broken", () => reply.reject(new Error("Network connection lost.")));
    this.setTimer();
  }

  create(life: Life): { object: Methods; ready: Promise<unknown> | null } {
    let ready: Promise<unknown> | null = null;
    const ctx = {
      id: { name: this.#id, toString: () => this.name },
      storage: new Storage(this.disk, () => life.synced()),
      blockConcurrencyWhile: (run: () => Promise<unknown>) => {
        ready = run();
        return ready;
      },
      waitUntil: () => {},
      getWebSockets: () => [],
      acceptWebSocket: () => {},
      setWebSocketAutoResponse: () => {},
    };
    const object = new this.#class(ctx as never, this.#env as never) as Methods;
    return { object, ready };
  }

  /** Sees to it that the alarm rings that is durable. */
  setTimer(): void {
    this.#cancelTimer();
    this.#cancelTimer = () => {};
    const { ringsIn } = this;
    if (ringsIn === null || this.#ringing) return;
    const world = World.current;
    const delay = ringsIn + world.delay();
    this.#cancelTimer = world.schedule(world.network, delay, `alarm of ${this.name}`, () => this.#ring());
  }

  #ring(): void {
    const world = World.current;
    if (world.now < this.downUntil) {
      this.#cancelTimer = world.schedule(world.network, this.downUntil - world.now, "alarm", () => this.#ring());
      return;
    }
    const life = this.#alive();
    this.#ringing = true;
    World.current.schedule(life, 0, "alarm", () =>
      life.whenReady(() => {
        // Whoever is due is not set any more, unless somebody has set another meanwhile.
        if (this.disk.alarm === null || this.disk.alarm > Date.now() + 1) {
          this.#ringing = false;
          this.setTimer();
          return;
        }
        this.disk.rings();
        const alarm = life.instance?.alarm;
        if (!alarm) return this.#rang(null);
        Promise.resolve(alarm.call(life.instance)).then(
          () => {
            this.#alarmFailures = 0;
            this.#rang(null);
          },
          (error: unknown) => {
            World.current.trace(`the alarm of ${this.name} failed: ${error}`);
            const at = Date.now() + ALARM_RETRY * 2 ** this.#alarmFailures++;
            this.#rang(this.#alarmFailures <= MAX_ALARM_RETRIES ? at : null);
          },
        );
      }),
    );
  }

  /** That it rang is durable with what its handler did. */
  #rang(again: number | null): void {
    this.#ringing = false;
    this.disk.rang(again);
  }

  #alive(): Life {
    if (this.#life) return this.#life;
    const world = World.current;
    if (world.strikes(world.chances.clock, `the clock of ${this.name} is another`))
      this.#skew += (world.fate() - 0.5) * 2 * (world.fate() < 0.3 ? 3_600_000 : 5000);
    const life = new Life(this);
    life.skew = this.#skew;
    this.#life = life;
    // Starts before what is to come, in one turn with the first of it.
    world.schedule(life, 0, "start", () => {
      try {
        life.start();
      } catch (error) {
        life.fail(error);
      }
    });
    return life;
  }
}

/** All objects of a class. */
export class Namespace {
  readonly #kind: string;
  readonly #class: ObjectClass;
  readonly #env: object;
  readonly objects = new Map<string, SimulatedObject>();

  constructor(kind: string, objectClass: ObjectClass, env: object) {
    this.#kind = kind;
    this.#class = objectClass;
    this.#env = env;
  }

  object(id: string): SimulatedObject {
    let object = this.objects.get(id);
    if (!object) {
      object = new SimulatedObject(this.#kind, id, this.#class, this.#env);
      this.objects.set(id, object);
    }
    return object;
  }

  getByName(id: string): Record<string, (...parts: unknown[]) => Promise<unknown>> {
    return new Proxy({} as Record<string, (...parts: unknown[]) => Promise<unknown>>, {
      // A stub is not a promise: `await` must not call it.
      get: (_, method) =>
        typeof method === "string" && method !== "then"
          ? (...parts: unknown[]) => this.#call(id, method, parts)
          : undefined,
    });
  }

  #call(id: string, method: string, parts: unknown[]): Promise<unknown> {
    const copy = structuredClone(parts);
    return transmit(`${method} to ${this.#kind} ${id}`, (reply) => this.object(id).receive(method, copy, reply));
  }
}

/** Brings a call of the actor at work to somebody, and back what came of it. Either may be lost; then the caller is told so, sooner or later. */
export function transmit<T>(what: string, deliver: (reply: Reply) => void): Promise<T> {
  const world = World.current;
  const caller = world.actor;
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const back = (settle: () => void) => {
      if (over) return;
      over = true;
      world.schedule(caller, world.delay(), `answer of ${what}`, settle);
    };
    const broken = () => back(() => reject(new Error("Network connection lost.")));
    const reply: Reply = {
      resolve: (value) => {
        if (world.strikes(world.chances.lose, `the answer of ${what} is lost`))
          world.schedule(world.network, world.delay(), "lost", broken);
        else back(() => resolve(value as T));
      },
      reject: (error) => back(() => reject(error)),
    };
    caller.send(() => {
      if (world.strikes(world.chances.lose, `${what} is lost`)) {
        world.schedule(world.network, world.delay(), "lost", broken);
        return;
      }
      let delay = world.delay();
      if (world.strikes(world.chances.late, `${what} is late`)) {
        world.schedule(world.network, delay, "lost", broken);
        delay += world.fate() * 20_000;
      }
      world.schedule(world.network, delay, what, () => deliver(reply));
    });
  });
}
