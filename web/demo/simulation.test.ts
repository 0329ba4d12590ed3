import { expect, test, vi } from "vitest";
import type { Choice, Client, OpenedSession } from "../client/client.ts";
import { Simulation } from "./simulation.ts";

/** Sessions that choose the first film, and note what they are told. */
function sessions(fail = false) {
  const opened: { unit: string | undefined; views: number; rewards: number[]; closed: boolean }[] = [];
  const openSession = ({ unit }: { unit?: string } = {}) => {
    const seen = { unit, views: 0, rewards: [] as number[], closed: false };
    opened.push(seen);
    return {
      track: (_type: string, _properties: unknown, { at }: { at: number }) => {
        if (at > Date.now()) throw new Error("an event lies in the future");
        seen.views++;
      },
      rank: async (_model: string, actions: readonly Choice[]) => {
        if (fail) throw new Error("the outbox is full");
        return { chosen: actions[0]!.id, reward: async (value: number) => void seen.rewards.push(value) };
      },
      close: async () => {
        seen.closed = true;
      },
    } as unknown as OpenedSession;
  };
  return { opened, client: { openSession } as unknown as Client };
}

test("visitors each use a session of their own, answer every decision, and stop when told", async () => {
  const { opened, client } = sessions();
  const simulation = new Simulation(client, "test", () => {});
  const done = simulation.start();
  await vi.waitFor(() => expect(simulation.visitors).toBeGreaterThan(4), { timeout: 20_000 });
  simulation.stop();
  await done;
  expect(simulation.running).toBe(false);
  expect(opened.every((s) => s.closed)).toBe(true);
  expect(new Set(opened.map((s) => s.unit)).size).toBe(opened.length);
  expect(opened.reduce((sum, s) => sum + s.rewards.length, 0)).toBe(simulation.series.count);
  expect(opened[0]!.views).toBeGreaterThan(0);
  const { uniform, best } = simulation.series.average;
  expect(uniform).toBeGreaterThan(0.02);
  expect(best).toBeGreaterThan(uniform);
});

test("a client that fails stops the simulation, which says why", async () => {
  const { opened, client } = sessions(true);
  const simulation = new Simulation(client, "test", () => {});
  await simulation.start();
  expect(simulation.problem).toBe("the outbox is full");
  expect(simulation.running).toBe(false);
  expect(opened.every((s) => s.closed)).toBe(true);
});
