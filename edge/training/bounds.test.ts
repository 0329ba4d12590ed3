import { exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import type { BatchResponse } from "../../shared/contract/envelope.ts";
import { issuedTo, UNKNOWN } from "../../shared/contract/issued-session.ts";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { BOUNDS } from "../../shared/versions/contributions.ts";
import type { Example } from "../log/messages.ts";
import { deployed, fetchEdge, send } from "../testing/edge.ts";
import { call, makeKey } from "../testing/keys.ts";
import { rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";
import { Trained } from "../testing/training.ts";

/** What somebody who has a publishable key can contribute to a model, through the door and up to what is learned. */

// For a busy machine; nothing here waits that long otherwise.
const patience = { timeout: 30_000 };
const origin = "https://shop.example.com";

const bounded = (): ModelSpec => ({ ...rankModel(), perHour: { session: 5, unit: 12, network: 20, all: 40 } });
const specs = Array.from({ length: 5 }, bounded);
let secret: string;
let publishable: string;

const HOUR = 3_600_000;
/** Longer than these tests take, ms. */
const AWHILE = 60_000;

beforeAll(async () => {
  // They count in one hour.
  const left = HOUR - (Date.now() % HOUR);
  if (left < AWHILE) await scheduler.wait(left);
  await deployed(...specs);
  secret = (await makeKey({ kind: "secret" })).key;
  publishable = (await makeKey({ kind: "publishable", origins: [origin] }, secret)).key;
});

const stranger = { get: () => ({ key: publishable, origin }) };

async function sessionsOf(count: number): Promise<string[]> {
  const response = await call("POST", "/v1/sessions", { ...stranger.get(), body: { count } });
  return ((await response.json()) as { sessions: string[] }).sessions;
}

/** Sends `n` decisions of a session, each with a reward. */
async function contribute(
  spec: ModelSpec,
  session: string,
  n: number,
  { unit, key = publishable }: { unit?: string; key?: string } = {},
): Promise<void> {
  const at = Date.now();
  const ids = Array.from({ length: n }, (_, i) => `${session}.${i}`);
  const response = await call("POST", "/v1/batch", {
    ...{ key, origin },
    body: {
      ...{ format: 2, sentAt: at },
      decisions: ids.map((id) => ({ ...rankRecord(spec.name, id, at), unit: unit ?? session })),
      feedback: ids.map((id) => ({ format: 2, id, value: 1, at })),
    },
  });
  expect(response.status).toBe(200);
  const { accepted, rejected } = (await response.json()) as BatchResponse;
  expect({ accepted, rejected }).toEqual({ accepted: 2 * n, rejected: [] });
}

/** It has learned so many, passed over so many, and has, bit for bit, what the log gives by the same bounds. */
async function expectLearned(spec: ModelSpec, examples: number, over: object, without?: (example: Example) => boolean) {
  const trained = new Trained(spec);
  const counts = async () => {
    const { publication, bounded } = await trained.status();
    return { examples: publication.examples, ...bounded };
  };
  await expect.poll(counts, patience).toEqual({ ...{ examples, session: 0, unit: 0, network: 0, all: 0 }, ...over });
  const { learner } = await trained.rebuilt(() => {}, without);
  expect(learner.examples).toBe(examples);
  expect((await trained.snapshot()).weights).toEqual(learner.snapshot(1, 0).weights);
}

test("a session and a unit contribute so many examples an hour; what is over is counted, and learned if others are excluded", async () => {
  const [spec] = specs as [ModelSpec];
  const [first, second, third, fourth] = (await sessionsOf(4)) as [string, string, string, string];
  await contribute(spec, first, 9);
  await expectLearned(spec, 5, { session: 4 });
  await contribute(spec, second, 4, { unit: "one" });
  await contribute(spec, third, 4, { unit: "one" });
  await contribute(spec, fourth, 5, { unit: "two" });
  // The hour is not empty any more, so that each has less of what is left.
  const trained = new Trained(spec);
  await expect
    .poll(async () => {
      const { publication, bounded } = await trained.status();
      return publication.examples + bounded.session + bounded.unit;
    }, patience)
    .toBe(22);
  const before = await trained.status();
  expect(before.bounded).toMatchObject({ network: 0, all: 0 });
  await expectLearned(spec, before.examples, before.bounded);

  // What it said before it was ended it says again, and goes on counting.
  await trained.evict();
  expect((await trained.status()).bounded).toEqual(before.bounded);
  await contribute(spec, (await sessionsOf(1))[0]!, 1);
  await expectLearned(spec, before.examples + 1, before.bounded);
  // A state that cannot be read comes to the same: what was counted is part of what is learned again.
  await trained.garble();
  await contribute(spec, (await sessionsOf(1))[0]!, 1);
  await expectLearned(spec, before.examples + 2, before.bounded);

  const response = await call("POST", `/v1/models/${spec.name}/exclusions`, { key: secret, body: { session: first } });
  expect(response.status).toBe(201);
  const isFirst = ({ record }: Example) => record.includes(first);
  await expect.poll(async () => (await trained.status()).excluded, patience).toBe(9);
  const healed = await trained.status();
  expect(healed.bounded.session).toBeLessThan(before.bounded.session);
  await expectLearned(spec, healed.examples, healed.bounded, isFirst);

  const metrics = await (await fetchEdge("/metrics", { headers: { authorization: `Bearer ${secret}` } })).text();
  for (const bound of BOUNDS)
    expect(metrics).toContain(
      `edgewise_model_bounded_total{model="${spec.name}",version="1",of="${bound}"} ${healed.bounded[bound]}`,
    );
  const versions = await call("GET", `/v1/models/${spec.name}/versions`, { key: secret });
  expect(((await versions.json()) as { versions: object[] }).versions).toMatchObject([
    { training: { bounded: healed.bounded } },
  ]);
});

test("all strangers together contribute so many an hour", async () => {
  const spec = specs[1]!;
  for (let n = 0; n < 4; n++) for (const session of await sessionsOf(16)) await contribute(spec, session, 1);
  await expectLearned(spec, 40, { all: 24 });
});

test("whoever has a secret key is not bounded: by ids of his own, in one session, for one unit, or without an id", async () => {
  const spec = specs[2]!;
  await contribute(spec, "visit-7", 60, { unit: "all", key: secret });
  for (let n = 0; n < 30; n++) {
    const body = { unit: "all", actions: [{ id: "a" }, { id: "b" }] };
    const ranked = await call("POST", `/v1/models/${spec.name}/rank`, { key: secret, body });
    const { id } = (await ranked.json()) as { id: string };
    // A page that was told the id feeds back to it, and can decide nothing by it.
    const given = await call("POST", `/v1/decisions/${id}/feedback`, { ...stranger.get(), body: { value: 1 } });
    expect(given.status).toBe(204);
    if (n > 0) continue;
    const session = id.slice(0, id.indexOf("."));
    const at = Date.now();
    const batch = await call("POST", "/v1/batch", {
      ...stranger.get(),
      body: { format: 2, sentAt: at, decisions: [rankRecord(spec.name, `${session}.1`, at)] },
    });
    expect(await batch.json()).toMatchObject({ accepted: 0, rejected: [{ id: `${session}.1` }] });
    for (const call_ of [{ id: `${session}.1` }, { session }]) {
      const asked = await call("POST", `/v1/models/${spec.name}/rank`, {
        ...stranger.get(),
        body: { ...body, ...call_ },
      });
      expect(asked.status).toBe(403);
    }
  }
  await expectLearned(spec, 90, {});
});

test("calls to the edge with a publishable key count, each in a session that is made for it", async () => {
  const spec = specs[3]!;
  for (let n = 0; n < 15; n++) {
    const body = { unit: "one", actions: [{ id: "a" }, { id: "b" }] };
    const ranked = await call("POST", `/v1/models/${spec.name}/rank`, { ...stranger.get(), body });
    const { id } = (await ranked.json()) as { id: string };
    await call("POST", `/v1/decisions/${id}/feedback`, { ...stranger.get(), body: { value: 1 } });
  }
  const trained = new Trained(spec);
  await expect
    .poll(async () => {
      const { publication, bounded } = await trained.status();
      return publication.examples + bounded.unit;
    }, patience)
    .toBe(15);
  const { examples, bounded: over } = await trained.status();
  // At most 12, and less as the hour fills: 12 (1 - n / 40) are more than n up to 9.
  expect([examples, over.unit]).toEqual([10, 5]);
});

test("sessions know the network that they were issued to, and nothing more of the address", async () => {
  const of = async (address: string | null, n = 1) => {
    const headers = address === null ? {} : { "cf-connecting-ip": address };
    const request = new Request("http://localhost/v1/sessions", {
      method: "POST",
      headers: { authorization: `Bearer ${publishable}`, origin, "content-type": "application/json", ...headers },
      body: JSON.stringify({ count: n }),
      ...(address !== null && { cf: { colo: "FRA" } }),
    } as RequestInit);
    const response = await exports.default.fetch(request);
    const { sessions } = (await response.json()) as { sessions: string[] };
    return sessions.map((session) => issuedTo(session, Date.now()));
  };
  const [here] = await of("203.0.113.7");
  expect(new Set([...(await of("203.0.113.200", 4)), ...(await of("203.0.113.1", 4))])).toEqual(new Set([here]));
  const [there] = await of("203.0.114.7");
  const [six] = await of("2001:db8:1::7");
  expect(new Set([here, there, six]).size).toBe(3);
  expect(await of("2001:db8:1:ffff::1")).toEqual([six]);
  expect(await of(null)).toEqual([UNKNOWN]);
  // Behind no proxy that is known, the header is what anybody says.
  const said = await send(
    "POST",
    "/v1/sessions",
    {},
    {
      authorization: `Bearer ${publishable}`,
      ...{ origin, "cf-connecting-ip": "203.0.113.7" },
    },
  );
  expect(issuedTo(((await said.json()) as { session: string }).session, Date.now())).toBe(UNKNOWN);
});
