import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Directory } from "../../shared/contract/directory.ts";
import type { Manifest } from "../../shared/contract/manifest.ts";
import { partitionOf } from "../log/route.ts";
import { deployed } from "../testing/edge.ts";
import { answerOf, type Calling, call, makeKey } from "../testing/keys.ts";
import { rankModel } from "../testing/models.ts";
import { rankRecord } from "../testing/records.ts";
import { Trained } from "../testing/training.ts";
import { app } from "./app.ts";

/** Four keys, four models, four origins: what is one key's, no other comes by. */

const specs = [rankModel(), rankModel(), rankModel(), rankModel()];
const models = specs.map(({ name }) => name) as [string, string, string, string];
const origins = ["https://one.example", "https://two.example", "https://elsewhere.example", null];

type Key = { name: string; key: string; secret: boolean; models: string[]; origins: (string | null)[] };
let master: string;
let keys: Key[];

/** The first origin that a key may come from. */
const from = ({ key, origins: [origin] }: Key): Calling => ({ key, origin });

beforeAll(async () => {
  await deployed(...specs);
  master = (await makeKey({ kind: "secret" })).key;
  const [first, second, third] = models;
  const [here, there] = [origins[0]!, origins[1]!];
  const one = await makeKey({ kind: "publishable", models: [first], origins: [here] }, master);
  const two = await makeKey({ kind: "publishable", models: [second, third], origins: [here, there] }, master);
  const server = await makeKey({ kind: "secret", models: [third] }, master);
  keys = [
    { name: "pk of one model", key: one.key, secret: false, models: [first], origins: [here] },
    { name: "pk of two models", key: two.key, secret: false, models: [second, third], origins: [here, there] },
    { name: "sk of one model", key: server.key, secret: true, models: [third], origins },
    { name: "sk of all models", key: master, secret: true, models, origins },
  ];
});

/** What each route is for: `secret` keys only or both kinds; the path's model, all models, or whatever is the key's own. */
const routes: Record<string, "open" | { secret: boolean; models: "path" | "all" | "own" }> = {
  "POST /v1/sessions": { secret: false, models: "own" },
  "POST /v1/models/:model/rank": { secret: false, models: "path" },
  "POST /v1/models/:model/predict": { secret: false, models: "path" },
  "POST /v1/decisions/:id/feedback": { secret: false, models: "own" },
  "POST /v1/decisions/:id/activation": { secret: false, models: "own" },
  "POST /v1/batch": { secret: false, models: "own" },
  "GET /v1/directory": { secret: false, models: "own" },
  "GET /v1/models": { secret: false, models: "own" },
  "GET /v1/models/:model": { secret: false, models: "path" },
  "GET /v1/live": { secret: false, models: "own" },
  "GET /v1/models/:model/live": { secret: false, models: "path" },
  "GET /v1/artifacts/:sha256": { secret: false, models: "own" },
  "GET /v1/models/:model/onnx": { secret: true, models: "path" },
  "GET /v1/models/:model/versions": { secret: true, models: "path" },
  "POST /v1/models/:model/versions": { secret: true, models: "path" },
  "PATCH /v1/models/:model/versions/:version": { secret: true, models: "path" },
  "POST /v1/models/:model/versions/:version/replay": { secret: true, models: "path" },
  "GET /v1/models/:model/versions/:version/replay": { secret: true, models: "path" },
  "POST /v1/models/:model/rollback": { secret: true, models: "path" },
  "GET /v1/models/:model/versions/:version/snapshots/:snapshot": { secret: true, models: "path" },
  "GET /v1/models/:model/exclusions": { secret: true, models: "path" },
  "POST /v1/models/:model/exclusions": { secret: true, models: "path" },
  "DELETE /v1/models/:model/exclusions/:exclusion": { secret: true, models: "path" },
  "PUT /v1/artifacts/:sha256": { secret: true, models: "own" },
  "GET /v1/log": { secret: true, models: "own" },
  "GET /v1/dead-letters": { secret: true, models: "all" },
  "POST /v1/dead-letters/redrive": { secret: true, models: "all" },
  "GET /v1/units/:unit": { secret: true, models: "all" },
  "DELETE /v1/units/:unit": { secret: true, models: "all" },
  "GET /v1/erasures": { secret: true, models: "all" },
  "GET /v1/erasures/:erasure": { secret: true, models: "all" },
  "POST /v1/recoveries": { secret: true, models: "all" },
  "GET /v1/keys": { secret: true, models: "all" },
  "POST /v1/keys": { secret: true, models: "all" },
  "DELETE /v1/keys/:id": { secret: true, models: "all" },
  "POST /v1/keys/:id/rotation": { secret: true, models: "all" },
  "GET /metrics": { secret: true, models: "all" },
  "GET /health": "open",
  "GET /openapi.json": "open",
};

/** Of a call that is let in: nothing that it would change. Bodies are not valid. */
const sample: Record<string, string> = {
  id: "Nobody00",
  sha256: "0".repeat(64),
  version: "9",
  snapshot: "9",
  exclusion: "9",
  unit: "nobody",
  erasure: "none",
};

test("every route is in the table", () => {
  const routed = app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`);
  expect(new Set(Object.keys(routes))).toEqual(new Set(routed));
});

describe("of each route", () => {
  test.each(Object.entries(routes))("%s: who may call it", async (route, need) => {
    const [method, pattern] = route.split(" ") as [string, string];
    const pathOf = (model: string) =>
      pattern.replace(/:(\w+)/g, (_, name: string) => (name === "model" ? model : sample[name]!)) +
      (route === "GET /v1/log" ? `?model=${model}` : "");
    const combinations = keys.flatMap((key) =>
      models.flatMap((model) => origins.map((origin) => ({ key, model, origin }))),
    );
    const wrong: unknown[] = [];
    await Promise.all(
      combinations.map(async ({ key, model, origin }) => {
        const body = method === "GET" || method === "DELETE" || method === "PUT" ? {} : { body: [] };
        const { status, fields } = await answerOf(await call(method, pathOf(model), { key: key.key, origin, ...body }));
        const refused = status === 401 || status === 403 ? fields : null;
        const expected = expectedOf(need, key, model, origin, route);
        if (JSON.stringify(refused) !== JSON.stringify(expected))
          wrong.push({ key: key.name, model, origin, status, fields, expected });
      }),
    );
    expect(wrong).toEqual([]);
    // Without a key, and with one that nobody made.
    const nobody = [
      await call(method, pathOf(models[0])),
      await call(method, pathOf(models[0]), { key: `sk_Nobody00_${"x".repeat(32)}` }),
    ];
    for (const response of nobody) {
      const { status } = await answerOf(response);
      if (need === "open") expect(status).toBeLessThan(400);
      else expect(status).toBe(401);
    }
  });

  /** Places that the refusal names; null: it is not refused. */
  function expectedOf(need: (typeof routes)[string], key: Key, model: string, origin: string | null, route: string) {
    if (need === "open") return null;
    if (!key.origins.includes(origin)) return ["header.origin"];
    if (need.secret && !key.secret) return ["header.authorization"];
    if (need.models === "all" && key.key !== master) return ["header.authorization"];
    if (need.models === "path" && !key.models.includes(model)) return ["path.model"];
    if (route === "GET /v1/log" && !key.models.includes(model)) return ["query.model"];
    return null;
  }
});

describe("what a key is not for it does not see", () => {
  test("in directory and manifests", async () => {
    for (const key of keys) {
      const directory = (await (await call("GET", "/v1/directory", from(key))).json()) as Directory;
      expect(Object.keys(directory.models).sort()).toEqual(key.models.toSorted());
      const list = (await (await call("GET", "/v1/models", from(key))).json()) as { models: Manifest[] };
      expect(list.models.map(({ model }) => model).sort()).toEqual(key.models.toSorted());
    }
  });

  test("among the artifacts", async () => {
    for (const model of models) {
      const manifest = (await (await call("GET", `/v1/models/${model}`, { key: master })).json()) as Manifest;
      const directory = (await (await call("GET", "/v1/directory", { key: master })).json()) as Directory;
      const { url: spec } = directory.models[model]!.versions[0]!.spec;
      for (const url of [spec, manifest.snapshot.url])
        for (const key of keys) {
          const isOwn = key.models.includes(model);
          const { status } = await answerOf(await call("GET", url, from(key)));
          expect({ key: key.name, model, status }).toEqual({ key: key.name, model, status: isOwn ? 200 : 404 });
          const headers = { "if-none-match": `"${url.split("/").at(-1)}"` };
          const again = await answerOf(await call("GET", url, { ...from(key), headers }));
          expect(again.status).toBe(isOwn ? 304 : 404);
        }
    }
  });

  test("in the log", async () => {
    for (const model of models) await decide(model, await newId(model));
    for (const key of keys.filter(({ secret }) => secret)) {
      const whole = await answerOf(await call("GET", "/v1/log", from(key)));
      expect(whole.status).toBe(key.key === master ? 200 : 403);
      for (const model of key.models)
        for (const partition of ["0", "1", "2", "3"]) {
          const text = await (await call("GET", `/v1/log?model=${model}&partition=${partition}`, from(key))).text();
          const rows = text
            .trimEnd()
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line) as { model: string | null });
          for (const row of rows) expect([model, ...(key.key === master ? [null] : [])]).toContain(row.model);
        }
    }
  });
});

/** Ids that were used, by the model that their decision is of. */
const used = new Map<string, string[]>();

/** The next id of a session that the edge issued: strangers have no others. */
async function newId(model: string): Promise<string> {
  const { session } = (await (await call("POST", "/v1/sessions", { key: master })).json()) as { session: string };
  const id = `${session}.0`;
  used.set(model, [...(used.get(model) ?? []), id]);
  return id;
}

const statistics = (id: string) => env.PARTITION.getByName(partitionOf(id, Number(env.PARTITIONS))).statistics();

/** A decision of a model, made with the key that may do everything. */
async function decide(model: string, id: string, deferred = false): Promise<void> {
  const actions = [{ id: "a" }, { id: "b" }];
  const body = { id, unit: "v", actions, deferred };
  expect((await call("POST", `/v1/models/${model}/rank`, { key: master, body })).status).toBe(201);
}

describe("what a key is not for it does not change", () => {
  test("by decisions in a batch: they are rejected, and kept nowhere", async () => {
    for (const key of keys)
      for (const model of models) {
        const id = await newId(model);
        const before = await statistics(id);
        const body = { format: 2, sentAt: Date.now(), decisions: [rankRecord(model, id, Date.now())] };
        const answer = await (await call("POST", "/v1/batch", { ...from(key), body })).json();
        const isOwn = key.models.includes(model);
        expect(answer).toMatchObject(
          isOwn
            ? { accepted: 1, rejected: [] }
            : {
                accepted: 0,
                rejected: [{ list: "decisions", index: 0, id, problem: "model is not one that the key is for" }],
              },
        );
        const { decisions, deadLetters } = await statistics(id);
        expect({ decisions, deadLetters }).toEqual({
          decisions: before.decisions + Number(isOwn),
          deadLetters: before.deadLetters,
        });
      }
  });

  test("by feedback and activations: 404, as if there were no decision; in a batch they are rejected", async () => {
    for (const key of keys)
      for (const model of models) {
        const id = await newId(model);
        await decide(model, id, true);
        const before = await statistics(id);
        const isOwn = key.models.includes(model);
        const [once, path] = [isOwn ? 204 : 404, `/v1/decisions/${id}`];
        const feedback = await answerOf(await call("POST", `${path}/feedback`, { ...from(key), body: { value: 1 } }));
        expect(feedback).toEqual({ status: once, fields: isOwn ? [] : ["path.id"] });
        expect((await answerOf(await call("POST", `${path}/activation`, { ...from(key), body: {} }))).status).toBe(
          once,
        );
        const body = {
          format: 2,
          sentAt: 1000,
          feedback: [{ id, value: 0.5, at: 900 }],
          activations: [{ id, at: 900 }],
        };
        const batch = (await (await call("POST", "/v1/batch", { ...from(key), body })).json()) as {
          rejected: { id: string }[];
        };
        expect(batch.rejected).toHaveLength(isOwn ? 0 : 2);
        const after = await statistics(id);
        expect([after.feedback - before.feedback, after.activations - before.activations, after.deadLetters]).toEqual(
          isOwn ? [2, 1, before.deadLetters] : [0, 0, before.deadLetters],
        );
      }
  });

  test("by what it says of a decision that has not come yet", async () => {
    for (const key of keys)
      for (const [m, model] of models.entries()) {
        const id = await newId(model);
        const given = { ...from(key), body: { value: 0.75 } };
        // Nobody knows yet whose it will be.
        expect((await answerOf(await call("POST", `/v1/decisions/${id}/feedback`, given))).status).toBe(204);
        expect(
          (await answerOf(await call("POST", `/v1/decisions/${id}/activation`, { ...from(key), body: {} }))).status,
        ).toBe(204);
        await decide(model, id, true);
        const examples = await new Trained(specs[m]!).read(partitionOf(id, Number(env.PARTITIONS)), null, null);
        const its = examples.filter(({ record }) => JSON.parse(record).id === id);
        expect({ key: key.name, model, values: its.map(({ value }) => value) }).toEqual({
          key: key.name,
          model,
          values: key.models.includes(model) ? [0.75] : [],
        });
      }
  });

  test("and its log has nothing of what others said early", async () => {
    const [, , third] = models;
    const sk = keys[2]!;
    for (const partition of ["0", "1", "2", "3"]) {
      const text = await (await call("GET", `/v1/log?model=${third}&partition=${partition}`, from(sk))).text();
      const rows = text
        .trimEnd()
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as { id: string });
      for (const { id } of rows) expect(used.get(third)).toContain(id);
    }
  });
});
