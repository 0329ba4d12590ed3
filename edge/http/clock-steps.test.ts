import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { age } from "../storage/clock.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";
import { Trained } from "../testing/training.ts";

const patience = { timeout: 30_000 };

const HOUR = 3_600_000;
const realNow = Date.now;
let offset = 0;
/** Puts the clock of all objects and isolates forward or back. */
const step = (by: number): void => {
  offset += by;
};

/** Makes all go by the clock that steps: also the alarms, which the platform rings by its own. */
async function takeClock(): Promise<void> {
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + offset);
  const storage = await runInDurableObject(env.REGISTRY.getByName("registry"), (_, state) =>
    Object.getPrototypeOf(state.storage),
  );
  const { setAlarm, getAlarm } = storage;
  vi.spyOn(storage, "setAlarm").mockImplementation(function (this: unknown, ...[time]: unknown[]) {
    return setAlarm.call(this, Number(time) - offset);
  });
  vi.spyOn(storage, "getAlarm").mockImplementation(async function (this: unknown) {
    const time = await getAlarm.call(this);
    return time === null ? null : time + offset;
  });
  // That it comes back from where the test before left it is no step of this one.
  age(0);
}

afterEach(() => {
  vi.restoreAllMocks();
  offset = 0;
});

let decided = 0;
/** A decision at the edge, and feedback for it. @returns the snapshot that made it. */
async function visit(model: string, reward: number | null): Promise<number> {
  const actions = [{ id: "a", features: { genre: "drama" } }, { id: "b" }];
  const id = `clock-${decided++}`;
  const answer = await send("POST", `/v1/models/${model}/rank`, { id, unit: "u", actions });
  expect(answer.status).toBe(201);
  // `name@version.snapshot`
  const { model: by } = (await answer.json()) as { model: string };
  if (reward !== null) {
    const taken = await send("POST", `/v1/decisions/${id}/feedback`, { value: reward });
    expect(taken.status).toBe(204);
  }
  return Number(by.split(".").at(-1));
}

const manifest = async (model: string) =>
  (await (await fetchEdge(`/v1/models/${model}`)).json()) as { version: number; snapshot: { number: number } };

test.each([
  ["back an hour", [-HOUR]],
  ["forth an hour", [HOUR]],
  ["back a day", [-24 * HOUR]],
  ["forth an hour, and back", [HOUR, -HOUR]],
  ["forth a day, and back", [24 * HOUR, -24 * HOUR]],
  ["back a day, and forth", [-24 * HOUR, 24 * HOUR]],
])("the clock goes %s, and everything goes on within seconds", async (_, steps) => {
  await takeClock();
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const spec = rankModel({ wait: "1s", default: 0 });
  await deployed(spec);
  const trained = new Trained(spec);
  // Each step meets an edge that has just learned, published and told.
  let examples = 0;
  for (const by of [0, ...steps]) {
    step(by);
    const before = await manifest(spec.name);
    // Half of it becomes an example by its feedback, the other half when its wait is over.
    for (let n = 0; n < 4; n++) await visit(spec.name, n % 2 ? 1 : null);
    examples += 4;
    await expect.poll(trained.published, patience).toBe(examples);
    const { number } = (await trained.status()).publication.snapshot;
    expect(number).toBeGreaterThan(before.snapshot.number);
    // The pointer moves, the isolate takes what it leads to, and the channel passes on the notice.
    await expect.poll(async () => (await manifest(spec.name)).snapshot.number, patience).toBeGreaterThanOrEqual(number);
    await expect
      .poll(async () => {
        examples++;
        return visit(spec.name, 1);
      }, patience)
      .toBeGreaterThanOrEqual(number);
    await expect.poll(trained.published, patience).toBe(examples);
  }
  // The registry goes on, too: another version is made live.
  const second = { ...spec, reward: { ...spec.reward, default: 1 } };
  const answer = await send("POST", `/v1/models/${spec.name}/versions`, { spec: second, stage: "live" });
  expect(answer.status).toBe(201);
  await expect.poll(async () => (await manifest(spec.name)).version, patience).toBe(2);
  const back = steps.filter((by) => by < 0);
  const said = warn.mock.calls.map(([line]) => JSON.parse(line as string)).filter(({ by }) => by > HOUR / 2);
  expect(said).toHaveLength(back.length);
});
