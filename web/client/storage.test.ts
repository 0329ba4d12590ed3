import { afterEach, expect, test, vi } from "vitest";
import { Database } from "./database.ts";
import { type Deployed, fruitModel } from "./testing/deployed.ts";
import { Edge } from "./testing/edge.ts";
import { fruits } from "./testing/models.ts";
import { type Inside, Page } from "./testing/pages.ts";

/** A browser whose storage is not as it should be (shared/cases/page: storage). The visitor gets decisions, and the edge hears of them, all the same. */

let made: Promise<Deployed> | undefined;
/** One for all tests. */
const taught = (): Promise<Deployed> => {
  made ??= fruitModel("banana");
  return made;
};

let page: Page | undefined;
afterEach(() => {
  page?.crash();
  page = undefined;
  sessionStorage.clear();
  localStorage.clear();
  vi.restoreAllMocks();
});

const fails = (inside: Inside, name: string) => () => {
  throw new inside.DOMException("as if", name);
};
/** IndexedDB as another release, or half a release, left it. */
const left = (edge: Edge, version: number): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(`edgewise ${edge.endpoint}`, version);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

type Fault = {
  before?: (inside: Inside) => void;
  prepare?: (edge: Edge) => Promise<unknown>;
  state: "memory" | "full";
};
const faults: Record<string, Fault> = {
  "denied, as where all cookies are blocked": {
    before: (inside) => {
      inside.IDBFactory.prototype.open = fails(inside, "SecurityError");
      for (const storage of ["localStorage", "sessionStorage"])
        Object.defineProperty(inside, storage, { get: fails(inside, "SecurityError") });
    },
    state: "memory",
  },
  "replaced by a script that throws what it likes": {
    before: (inside) => {
      inside.IDBFactory.prototype.open = () => {
        throw new Error("blocked");
      };
    },
    state: "memory",
  },
  "replaced by one that does nothing": {
    before: (inside) => {
      inside.IDBFactory.prototype.open = () => null as never;
    },
    state: "memory",
  },
  missing: {
    before: (inside) => Object.defineProperty(inside, "indexedDB", { value: undefined }),
    state: "memory",
  },
  "of a newer release": { prepare: async (edge) => (await left(edge, 2)).close(), state: "memory" },
  "of another layout": { prepare: async (edge) => (await left(edge, 1)).close(), state: "memory" },
  corrupt: {
    before: (inside) => {
      inside.IDBDatabase.prototype.transaction = fails(inside, "UnknownError");
    },
    state: "memory",
  },
  "damaged where it is written": {
    before: (inside) => {
      inside.IDBObjectStore.prototype.add = fails(inside, "UnknownError");
    },
    state: "memory",
  },
  "hung behind a deletion that waits": {
    prepare: async (edge) => {
      const held = await left(edge, 1);
      indexedDB.deleteDatabase(`edgewise ${edge.endpoint}`);
      holding.push(held);
    },
    state: "memory",
  },
  full: {
    before: (inside) => {
      inside.IDBObjectStore.prototype.add = fails(inside, "QuotaExceededError");
    },
    state: "full",
  },
};
const holding: IDBDatabase[] = [];
afterEach(() => {
  for (const held of holding.splice(0)) held.close();
});

test.each(Object.entries(faults))("storage that is %s", async (_, { before, prepare, state }) => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await taught();
  const edge = await Edge.start();
  await prepare?.(edge);
  page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 }, before);
  const { client } = page;
  client.track("bite", { kind: "apple" });
  const first = await client.rank(model.name, fruits);
  expect(first).toMatchObject({ chosen: "banana", computedBy: { runtime: "native" } });
  expect(client.rankSync(model.name, fruits).chosen).toBe("banana");
  expect((await client.predict(model.name).catch((error) => error)).code).toBe("wrong-task");
  await first.reward(1, { final: true });
  const taken = async () => (await model.log()).flatMap(({ kind, id }) => (id === first.id ? [kind] : []));
  await expect.poll(taken, { timeout: 30_000 }).toEqual(["decision", "feedback"]);
  expect(client.status()).toMatchObject({ storage: state, lost: 0 });
  const said = warned.mock.calls.flat().filter((text) => `${text}`.includes("IndexedDB"));
  expect(said).toHaveLength(1);
  expect(said[0]).toMatch(/kept in this page and sent at once; /);
  expect(await edge.answers()).toMatchObject({ rejected: [] });
});

/** A page whose storage is lost for as long as `storage` says so. */
const pageWith = (storage: { lost: boolean }, { endpoint }: Edge): Promise<Page> =>
  Page.open({ endpoint, timeout: 20_000 }, (inside) => {
    const { transaction } = inside.IDBDatabase.prototype;
    inside.IDBDatabase.prototype.transaction = function (...given) {
      if (storage.lost) throw new inside.DOMException("as if", "UnknownError");
      return transaction.apply(this, given);
    };
  });

test("storage that is lost while the page is open is gone back to when it can be had", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await taught();
  const edge = await Edge.start();
  const storage = { lost: false };
  page = await pageWith(storage, edge);
  const { client } = page;
  const ids = [(await client.rank(model.name, fruits)).id];
  expect(client.status().storage).toBe("stored");
  storage.lost = true;
  ids.push((await client.rank(model.name, fruits)).id);
  expect(client.status().storage).toBe("memory");
  storage.lost = false;
  await expect
    .poll(
      async () => {
        ids.push((await client.rank(model.name, fruits)).id);
        return client.status().storage;
      },
      { timeout: 30_000, interval: 1000 },
    )
    .toBe("stored");
  await client.flush();
  const logged = new Set((await model.decisions()).map(({ id }) => id));
  expect(ids.filter((id) => !logged.has(id))).toEqual([]);
});

test("storage that has much to do is waited for, as long as it answers", async () => {
  const told: string[] = [];
  const database = new Database(crypto.randomUUID(), (state) => told.push(state));
  const end = performance.now() + 3000;
  // Both last longer than IndexedDB may say nothing: the first is at work, the second behind it.
  const first = database.run(["meta"], "readwrite", async (tx) => {
    while (performance.now() < end) await tx.store("meta").get("nothing");
  });
  const second = database.run(["meta"], "readwrite", async (tx, stored) => {
    await tx.store("meta").put(1, "second");
    return stored;
  });
  await first;
  expect(await second).toBe(true);
  expect(told).toEqual([]);
  await database.close();
});

test("what is in storage that says nothing any more is not said to be sent, and is sent once it can be had", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await taught();
  const edge = await Edge.start();
  const storage = { lost: false };
  page = await pageWith(storage, edge);
  const { client } = page;
  await client.ready(model.name, { timeout: 20_000 });
  await client.flush();
  await edge.stop();
  const { id } = await client.rank(model.name, fruits);
  storage.lost = true;
  await edge.restart();
  await expect(client.flush()).rejects.toThrow("storage");
  expect(client.status()).toMatchObject({ pending: 1, storage: "memory" });
  storage.lost = false;
  const logged = async () => (await model.decisions()).map((one) => one.id);
  await expect.poll(logged, { timeout: 45_000, interval: 500 }).toContain(id);
});

test("an outbox without room takes no more, counts that, and holds up no decision", async () => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  const model = await taught();
  const edge = await Edge.start();
  page = await Page.open({ endpoint: edge.endpoint, timeout: 20_000 });
  const before = await page.client.rank(model.name, fruits);
  await page.client.flush();
  // What an ad blocker does to it for months.
  await edge.behave({ batchAnswers: Array.from({ length: 1000 }, () => ({ status: 503 })) });
  const database = await left(edge, 1);
  const tx = database.transaction(["meta"], "readwrite");
  tx.objectStore("meta").put({ items: 50_000, bytes: 1000 }, "outbox");
  await new Promise((resolve) => {
    tx.oncomplete = resolve;
  });
  for (let i = 0; i < 40; i++) {
    const decision = await page.client.rank(model.name, fruits);
    expect(decision.chosen).toBe("banana");
    await decision.reward(1);
  }
  expect(page.client.status().lost).toBeGreaterThanOrEqual(40);
  // There is room again, and the session has missed no number that the edge would miss.
  const again = database.transaction(["meta"], "readwrite");
  again.objectStore("meta").put({ items: 0, bytes: 0 }, "outbox");
  await new Promise((resolve) => {
    again.oncomplete = resolve;
  });
  database.close();
  await edge.behave({});
  await before.reward(1);
  const after = await page.client.rank(model.name, fruits);
  await page.client.flush();
  expect(await edge.answers()).toMatchObject({ rejected: [] });
  expect((await model.decisions()).map(({ id }) => id)).toContain(after.id);
});
