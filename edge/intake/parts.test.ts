import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { overloaded } from "../observe/outage.ts";
import { MAX_ASKS, STALE_ANSWER } from "./limits.ts";
import { hear, working } from "./parts.ts";

afterEach(() => void vi.useRealTimers());

const patience = { known: 1, unknown: 1 };

test("a part whose answers were lost with the requests that asked is asked again", async () => {
  let asks = 0;
  const ends: (() => void)[] = [];
  const lost = () => {
    asks++;
    // What the runtime ends with its request goes on in no way, and says so to nobody.
    return new Promise<never>((_, reject) => {
      ends.push(() => reject(new Error("the test is over")));
    });
  };
  for (let n = 0; n < MAX_ASKS + 5; n++)
    expect(await hear(env, "a lost part", lost, patience)).toMatchObject({ value: null });
  expect(asks).toBe(MAX_ASKS);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + STALE_ANSWER + 1 });
  const answer = { part: "a lost part", value: "here", problem: null };
  expect(await hear(env, "a lost part", async () => "here", { known: 1000, unknown: 1000 })).toEqual(answer);
  for (const end of ends) end();
});

test("a part that has too much to do is to be asked again soon, and is not said to fail", async () => {
  const part = "a full part";
  const full = async () => {
    throw new Error(overloaded(part, "1000 calls wait for it"));
  };
  const answer = await working(env, part, full).catch((error) => error);
  expect(answer).toMatchObject({ status: 503, message: `${part} has too much to do: try again later` });
  expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
  expect(await hear(env, part, async () => "here", { known: 1000, unknown: 1000 })).toMatchObject({ problem: null });
});

test("what a part said, and its trouble, are out of date when the clock has gone back since", async () => {
  const output = (["error", "warn"] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => {}));
  const now = Date.now();
  const at = (time: number) => void vi.useFakeTimers({ toFake: ["Date"], now: time });
  const broken = async () => {
    throw new Error("internal error; reference = 1");
  };
  const full = async () => {
    throw new Error(overloaded("a part", "1000 calls wait for it"));
  };
  const silent = () => new Promise<never>(() => {});
  const lines = (text: string) =>
    output.flatMap(({ mock }) => mock.calls).filter(([line]) => String(line).includes(text)).length;
  at(now);
  await hear(env, "a part", async () => "here", { known: 1000, unknown: 1000 });
  expect(await hear(env, "a part", silent, patience)).toMatchObject({ value: "here" });
  await working(env, "a part", broken).catch(() => {});
  await working(env, "a part", full).catch(() => {});
  expect([lines("a part of the edge fails"), lines("has too much to do, and")]).toEqual([1, 1]);
  at(now - 3_600_000);
  const heard = await hear(env, "a part", silent, patience);
  expect(heard).toEqual({ part: "a part", value: null, problem: expect.stringContaining("does not answer within") });
  await working(env, "a part", broken).catch(() => {});
  await working(env, "a part", full).catch(() => {});
  expect([lines("a part of the edge fails"), lines("has too much to do, and")]).toEqual([2, 2]);
  for (const spy of output) spy.mockRestore();
});
