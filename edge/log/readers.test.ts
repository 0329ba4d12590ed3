import { env, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { READS_ON } from "./limits.ts";
import type { Position, ReadRequest, Slice } from "./messages.ts";
import { Readers } from "./readers.ts";

const now = 1_000_000;
const request = {
  reader: "films@1",
  model: "films",
  rules: {},
  from: null,
  upto: null,
  limit: 100,
} as unknown as ReadRequest;
const slice = (of: Pick<Slice, "more" | "newest">) => ({ to: {} as Position, ...of });
const films = new Set(["films"]);

/** Whether somebody is to be told, each time. */
const dueOf = (name: string, act: (readers: Readers, due: (at: number) => boolean) => void) =>
  runInDurableObject(env.PARTITION.getByName(name), (_, { storage }) => {
    const readers = new Readers(storage.sql);
    act(readers, (at) => readers.due(at).length > 0);
  });

test("who has read all is told of nothing, until there is more", () =>
  dueOf("readers-all", (readers, due) => {
    readers.saw(request, slice({ more: false, newest: 5 }), 5, now);
    expect([due(now), readers.allTold]).toEqual([false, true]);
    readers.appended(films, films, now);
    expect(due(now)).toBe(true);
  }));

test("a read that comes late takes no news away: who does not come for the rest is told in a while", () =>
  dueOf("readers-late", (readers, due) => {
    readers.saw(request, slice({ more: false, newest: 5 }), 5, now);
    readers.appended(films, films, now);
    readers.saw(request, slice({ more: true, newest: 6 }), 6, now);
    expect([due(now), due(now + READS_ON)]).toEqual([false, true]);
    // Whoever reads on is left alone.
    readers.saw(request, slice({ more: true, newest: 6 }), 6, now + READS_ON - 1);
    expect(due(now + READS_ON)).toBe(false);
    readers.saw(request, slice({ more: false, newest: 6 }), 6, now + READS_ON);
    expect(readers.allTold).toBe(true);
  }));

test("rows that came while a slice was made are told at once", () =>
  dueOf("readers-meanwhile", (readers, due) => {
    readers.saw(request, slice({ more: false, newest: 5 }), 6, now);
    expect(due(now)).toBe(true);
  }));
