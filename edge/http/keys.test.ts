import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newKey } from "../../shared/contract/key-text.ts";
import type { Env } from "../env.ts";
import { UNKNOWN_KEY_LOOKS } from "../intake/limits.ts";
import type { Registry } from "../registry/registry.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import { deployed, fetchEdge } from "../testing/edge.ts";
import { answerOf, call, makeKey } from "../testing/keys.ts";
import { rankModel } from "../testing/models.ts";
import { copyOf, lose, putBack } from "../testing/older-copy.ts";

/** Everything that was written to the structured output of a test. */
let output: string[];
beforeEach(() => {
  output = [];
  for (const level of ["log", "info", "warn", "error"] as const)
    vi.spyOn(console, level).mockImplementation((...words) => void output.push(words.map(String).join(" ")));
});
afterEach(() => vi.restoreAllMocks());

type KeyList = {
  keys: { id: string; revokedAt: number | null; expiresAt: number | null; replacedBy: string | null }[];
  history: { who: string; key: string; what: string }[];
};
const listed = async (key: string) => (await (await call("GET", "/v1/keys", { key })).json()) as KeyList;
const status = async (key: string, path = "/v1/directory", origin?: string) =>
  (await answerOf(await call("GET", path, { key, origin }))).status;
const registry = () => env.REGISTRY.getByName("registry");
const fill = (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes);

/** A call to the same code with settings of its own. */
async function withSettings(settings: Partial<Env>, path: string, init: RequestInit = {}): Promise<Response> {
  const { app } = await import("./app.ts");
  const context = createExecutionContext();
  const response = await app.fetch(new Request(`http://localhost${path}`, init), { ...env, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}

/** Secret key for all models of this file's edge: the first of its keys. Tests run in order. */
let master: string;

describe("while there are no keys", () => {
  test.each([
    ["another host", "http://edge.example/v1/models", {}],
    ["a name that was made to lead here", "http://localhost.evil.example/v1/models", {}],
    ["a page of elsewhere", "http://localhost/v1/models", { origin: "https://evil.example" }],
    ["a page without an origin", "http://localhost/v1/models", { origin: "null" }],
    ["Cloudflare", "http://localhost/v1/models", { "cf-connecting-ip": "203.0.113.7" }],
    ["a proxy", "http://localhost/metrics", { "x-forwarded-for": "203.0.113.7" }],
    ["a proxy that follows RFC 7239", "http://localhost/v1/keys", { forwarded: "for=203.0.113.7" }],
  ])("%s is told what to do, and nothing else", async (_, url, headers) => {
    const { exports } = await import("cloudflare:workers");
    for (const method of ["GET", "POST", "DELETE"]) {
      const response = await exports.default.fetch(url, { method, headers });
      expect(response.status).toBe(403);
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(await response.text()).toMatch(/npx edgewise keys create.*ROOT_KEY/);
    }
  });

  test("this machine may do everything, and its pages too", async () => {
    await deployed(rankModel());
    for (const headers of [{}, { origin: "http://localhost:5173" }, { origin: "http://127.0.0.1:4000" }])
      expect((await answerOf(await call("GET", "/metrics", { headers }))).status).toBe(200);
  });

  test("where others can reach the server, they are not let in by saying that they are this machine", async () => {
    expect((await withSettings({ OPEN_MODE: "off" }, "/v1/models")).status).toBe(401);
  });

  test("the first key must be one that can make others", async () => {
    const origins = ["https://shop.example"];
    for (const body of [
      { kind: "publishable", origins },
      { kind: "secret", models: ["m"] },
    ] as const) {
      const response = await call("POST", "/v1/keys", { body });
      expect(await answerOf(response)).toEqual({ status: 409, fields: ["body"] });
    }
    expect((await answerOf(await call("GET", "/v1/models"))).status).toBe(200);
  });
});

describe("with ROOT_KEY", () => {
  const root = "r".repeat(40);

  test("every call needs a key, and that one may do everything", async () => {
    expect((await withSettings({ ROOT_KEY: root }, "/v1/models")).status).toBe(401);
    const headers = { authorization: `Bearer ${root}`, "cf-connecting-ip": "203.0.113.7" };
    expect((await withSettings({ ROOT_KEY: root }, "/metrics", { headers })).status).toBe(200);
    const wrong = { authorization: `Bearer ${root}r` };
    expect((await withSettings({ ROOT_KEY: root }, "/metrics", { headers: wrong })).status).toBe(401);
  });

  test("one that is too short opens nothing, and a line says so", async () => {
    const headers = { authorization: "Bearer short" };
    expect((await withSettings({ ROOT_KEY: "short" }, "/metrics", { headers })).status).toBe(401);
    expect(output.join("\n")).toContain("ROOT_KEY is not taken: it must have at least 32 characters");
  });
});

describe("keys", () => {
  test("are told once, and kept as hashes", async () => {
    master = (await makeKey({ kind: "secret" })).key;
    expect(master).toMatch(/^sk_[0-9A-Za-z]{8}_[0-9A-Za-z]{24,}$/);
    const answer = await (await call("GET", "/v1/keys", { key: master })).text();
    expect(answer).toContain(master.split("_")[1]);
    expect(answer).not.toContain(master.split("_")[2]);
    const stored = await env.ARTIFACTS.list({ prefix: "keys/" });
    expect(stored.objects.length).toBeGreaterThan(0);
    for (const { key } of stored.objects) {
      const text = await (await env.ARTIFACTS.get(key))!.text();
      expect(text).not.toContain(master.split("_")[2]);
      expect((await answerOf(await call("GET", `/v1/artifacts/${key.slice(5)}`, { key: master }))).status).toBe(404);
    }
    const directory = await (await call("GET", "/v1/directory", { key: master })).text();
    expect(directory).not.toContain(master.split("_")[1]);
  });

  test("are needed from the first on, on this machine too", async () => {
    for (const path of ["/v1/models", "/metrics", "/v1/nothing", "/v1/keys"]) {
      const response = await fetchEdge(path);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      expect(await answerOf(response)).toEqual({ status: 401, fields: ["header.authorization"] });
    }
  });

  test("are not needed to ask for health, which tells others than operators no names", async () => {
    const names = ["models", "parts"];
    const some = await makeKey({ kind: "secret", models: ["m"] }, master);
    for (const [key, told] of [
      [undefined, false],
      ["nonsense", false],
      [some.key, false],
      [master, true],
    ] as const) {
      const response = await call("GET", "/health", { key });
      expect(response.status).toBe(200);
      const health = (await response.json()) as object;
      expect(health).toMatchObject({ status: "ok", partitions: 4 });
      for (const name of names) expect(Object.hasOwn(health, name)).toBe(told);
    }
    // What fails is said without names, too.
    const { app } = await import("./app.ts");
    const context = createExecutionContext();
    const broken = { ...env, ARTIFACTS: { get: () => Promise.reject(new Error("no store")) } as unknown as R2Bucket };
    const response = await app.fetch(new Request("http://edge.example/health"), broken, context);
    const problem = await response.text();
    expect([response.status, problem]).toEqual([503, expect.stringContaining("parts have a problem")]);
    expect(problem).not.toContain("no store");
    await waitOnExecutionContext(context);
  });

  test("that are none, or not taken, are refused with the reason, which repeats no key", async () => {
    const { id, key } = await makeKey({ kind: "secret", models: ["m"] }, master);
    const forged = `${key.slice(0, -1)}${key.endsWith("x") ? "y" : "x"}`;
    const soon = await makeKey({ kind: "secret", models: ["m"], expiresAt: Date.now() + 1500 }, master);
    await call("DELETE", `/v1/keys/${id}`, { key: master });
    await scheduler.wait(1600);
    for (const [text, why] of [
      ["nonsense", "has not the form"],
      [newKey("secret", fill).text, "is not known"],
      [forged, "is not known"],
      [key.replace("sk_", "pk_"), "is not known"],
      [key, "was revoked"],
      [soon.key, "has expired"],
    ] as const) {
      const response = await call("GET", "/v1/models", { key: text });
      const problem = await response.text();
      expect([response.status, problem]).toEqual([401, expect.stringContaining(why)]);
      expect(problem).not.toContain(text);
    }
    for (const authorization of ["", "Basic eDp5", master, "Bearer"])
      expect((await answerOf(await fetchEdge("/v1/models", { headers: { authorization } }))).status).toBe(401);
  });

  test("stand in the query for sockets and beacons, if they are publishable", async () => {
    const spec = rankModel();
    const response = await call("POST", `/v1/models/${spec.name}/versions`, { key: master, body: { spec } });
    expect(response.status).toBe(201);
    const origin = "https://socket.example";
    const { key } = await makeKey({ kind: "publishable", models: [spec.name], origins: [origin] }, master);
    const headers = { upgrade: "websocket", origin };
    const live = await fetchEdge(`/v1/models/${spec.name}/live?version=1&key=${key}`, { headers });
    expect(live.status).toBe(101);
    live.webSocket!.accept();
    live.webSocket!.close();
    const refused = await fetchEdge(`/v1/models?key=${master}`);
    expect(await answerOf(refused)).toEqual({ status: 401, fields: ["query.key"] });
  });

  test("let a page's socket follow the models that they are for, and none besides", async () => {
    const [own, other] = [rankModel(), rankModel()];
    for (const spec of [own, other])
      await call("POST", `/v1/models/${spec.name}/versions`, { key: master, body: { spec } });
    const origin = "https://follower.example";
    const { key } = await makeKey({ kind: "publishable", models: [own.name, "nobody"], origins: [origin] }, master);
    const headers = { upgrade: "websocket", origin };
    const follow = (...models: string[]) =>
      fetchEdge(`/v1/live?${models.map((model) => `follow=${model}&`).join("")}key=${key}`, { headers });
    const { status, webSocket } = await follow(`${own.name}@1`, `${own.name}@2`);
    expect(status).toBe(101);
    webSocket!.accept();
    webSocket!.close();
    for (const models of [[`${other.name}@1`], [`${own.name}@1`, `${other.name}@1`]])
      expect(await answerOf(await follow(...models))).toEqual({ status: 403, fields: ["query.follow"] });
    expect((await follow("nobody@1")).status).toBe(404);
    for (const models of [[], ["m"], [`${own.name}@0`], Array.from({ length: 25 }, (_, n) => `${own.name}@${n + 1}`)])
      expect((await follow(...models)).status, String(models)).toBe(400);
    const plain = await fetchEdge(`/v1/live?follow=${own.name}@1&key=${key}`, { headers: { origin } });
    expect(plain.status).toBe(426);
  });

  test("say which pages may read answers", async () => {
    const origin = "https://reader.example";
    await makeKey({ kind: "publishable", models: ["m"], origins: [origin] }, master);
    const preflight = (origin: string) =>
      fetchEdge("/v1/batch", { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
    expect((await preflight(origin)).headers.get("access-control-allow-origin")).toBe(origin);
    for (const other of ["https://stranger.example", "http://localhost:5173", "null"])
      expect((await preflight(other)).headers.get("access-control-allow-origin")).toBeNull();
    // Also what it may not have: so that it can say why.
    const refused = await call("GET", "/v1/models", { key: newKey("publishable", fill).text, origin });
    expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([401, origin]);
  });

  test.each([
    ["a page's without its origins", { kind: "publishable" }, "body.origins"],
    ["an origin with a path", { kind: "publishable", origins: ["https://shop.example/"] }, "body.origins[0]"],
    [
      "an origin with its scheme's port",
      { kind: "publishable", origins: ["https://shop.example:443"] },
      "body.origins[0]",
    ],
    ["every origin", { kind: "publishable", origins: ["*"] }, "body.origins[0]"],
    ["a server's with origins", { kind: "secret", origins: ["https://shop.example"] }, "body.origins"],
    ["no models", { kind: "secret", models: [] }, "body.models"],
    ["no kind", {}, "body.kind"],
    ["an end that is over", { kind: "secret", expiresAt: 1000 }, "body.expiresAt"],
  ])("cannot be %s", async (_, body, field) => {
    expect(await answerOf(await call("POST", "/v1/keys", { key: master, body }))).toEqual({
      status: 400,
      fields: [field],
    });
  });
});

test("a beacon, which is text and has its key in the URL, is taken from the key's origins and from no other", async () => {
  const model = rankModel();
  await call("POST", `/v1/models/${model.name}/versions`, { key: master, body: { spec: model } });
  const origin = "https://shop.example.com";
  const { key } = await makeKey({ kind: "publishable", origins: [origin] }, master);
  const { session } = (await (await call("POST", "/v1/sessions", { key, origin, body: {} })).json()) as {
    session: string;
  };
  const id = `${session}.1`;
  const beacon = (path: string, body: object, from: string) =>
    fetchEdge(`${path}?key=${key}`, {
      method: "POST",
      headers: { "content-type": "text/plain;charset=UTF-8", origin: from },
      body: JSON.stringify(body),
    });
  const batch = { format: 2, sentAt: Date.now(), feedback: [{ format: 2, id, value: 1 }] };
  expect(await (await beacon("/v1/batch", batch, origin)).json()).toMatchObject({ accepted: 1, rejected: [] });
  expect((await beacon("/v1/batch", batch, "https://evil.example")).status).toBe(403);
  expect((await beacon(`/v1/decisions/${id}/feedback`, { value: 0 }, origin)).status).toBe(204);
  // What decides, or asks for more, is no beacon.
  expect((await beacon(`/v1/models/${model.name}/rank`, {}, origin)).status).toBe(415);
});

describe("a key that is changed elsewhere", () => {
  test("is known at once, and when it is revoked, a warm isolate sees it within seconds", async () => {
    const { id, text } = newKey("secret", fill);
    const hash = await sha256Hex(new TextEncoder().encode(text));
    // Behind this isolate's back, as another would.
    const key = { id, hash, kind: "secret", models: null, origins: [], rate: null, note: "", expiresAt: null } as const;
    const made = await registry().createKey({ who: "elsewhere", hasRoot: false, key: { ...key, origins: [] } });
    expect(made).toMatchObject({ ok: { id } });
    expect(await status(text)).toBe(200);
    await registry().revokeKey("elsewhere", false, id);
    await expect.poll(() => status(text), { timeout: 5000, interval: 100 }).toBe(401);
    expect((await listed(master)).history.slice(0, 2)).toMatchObject([
      { who: "elsewhere", key: id, what: "revoked" },
      { who: "elsewhere", key: id, what: "made: secret, for all models" },
    ]);
  });

  test("is revoked for an isolate that has slept", async () => {
    const { id, key } = await makeKey({ kind: "secret", models: ["m"] }, master);
    expect(await status(key)).toBe(200);
    await registry().revokeKey("elsewhere", false, id);
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + 60_000);
    expect(await status(key)).toBe(401);
    clock.mockRestore();
  });

  test("is taken, or not, as before while the store cannot be read", async () => {
    const { id, key } = await makeKey({ kind: "secret", models: ["m"] }, master);
    const { key: gone, id: goneId } = await makeKey({ kind: "secret", models: ["m"] }, master);
    await call("DELETE", `/v1/keys/${goneId}`, { key: master });
    await expect.poll(() => status(gone), { timeout: 5000, interval: 100 }).toBe(401);
    expect(await status(key)).toBe(200);
    const away = vi.spyOn(env.ARTIFACTS, "get").mockRejectedValue(new Error("the store is away"));
    // Long enough for every copy to be old.
    const later = Date.now() + 60_000;
    const clock = vi.spyOn(Date, "now").mockReturnValue(later);
    // 403: the key is taken, and is not for all models.
    const statuses = [key, gone, newKey("secret", fill).text].map((text) => status(text, "/v1/keys"));
    expect(await Promise.all(statuses)).toEqual([403, 401, 401]);
    expect(away).toHaveBeenCalled();
    away.mockRestore();
    clock.mockRestore();
    await registry().revokeKey("elsewhere", false, id);
    await expect.poll(() => status(key), { timeout: 10_000, interval: 100 }).toBe(401);
  });

  test("is looked for in the store, but not by everybody who tries keys out", async () => {
    const reads = vi.spyOn(env.ARTIFACTS, "get");
    const { app } = await import("./app.ts");
    const before = reads.mock.calls.length;
    const context = createExecutionContext();
    for (let i = 0; i < 200; i++) {
      const headers = { authorization: `Bearer ${newKey("secret", fill).text}` };
      const response = await app.fetch(new Request("http://localhost/v1/models", { headers }), env, context);
      expect(response.status).toBe(401);
    }
    await waitOnExecutionContext(context);
    // Two seconds at most, and the looks behind the answers.
    expect(reads.mock.calls.length - before).toBeGreaterThan(0);
    expect(reads.mock.calls.length - before).toBeLessThan(4 * UNKNOWN_KEY_LOOKS);
  });
});

test("a socket that is open when its key is revoked is closed with the next notices", async () => {
  const spec = rankModel();
  await call("POST", `/v1/models/${spec.name}/versions`, { key: master, body: { spec } });
  const rights = { kind: "publishable", models: [spec.name], origins: ["https://a.example"] } as const;
  const made = [0, 1].map(() =>
    makeKey({ ...rights, models: [...rights.models], origins: [...rights.origins] }, master),
  );
  const [revoked, kept] = await Promise.all(made);
  const codes: (number | null)[] = [null, null];
  for (const [i, { key }] of [revoked!, kept!].entries()) {
    const headers = { upgrade: "websocket", origin: "https://a.example", "edgewise-key": "root" };
    const { webSocket } = await fetchEdge(`/v1/models/${spec.name}/live?key=${key}`, { headers });
    webSocket!.accept();
    webSocket!.addEventListener("close", ({ code }) => {
      codes[i] = code;
    });
  }
  await call("DELETE", `/v1/keys/${revoked!.id}`, { key: master });
  const learn = async () => {
    const body = { unit: "v", actions: [{ id: "a" }, { id: "b" }] };
    const decided = await call("POST", `/v1/models/${spec.name}/rank`, { key: master, body });
    const { id } = (await decided.json()) as { id: string };
    await call("POST", `/v1/decisions/${id}/feedback`, { key: master, body: { value: 1 } });
    return codes[0];
  };
  await expect.poll(learn, { timeout: 15_000, interval: 300 }).toBe(1008);
  expect(codes[1]).toBeNull();
});

describe("rotation", () => {
  test("makes a key of the same rights, and lets the old one live for the grace", async () => {
    const spec = rankModel();
    const old = await makeKey({ kind: "publishable", models: [spec.name], origins: ["https://a.example"] }, master);
    const answer = await call("POST", `/v1/keys/${old.id}/rotation`, { key: master, body: { grace: "2s" } });
    expect(answer.status).toBe(201);
    const { key, ...rights } = (await answer.json()) as { key: string; id: string };
    expect(rights).toMatchObject({ kind: "publishable", models: [spec.name], origins: ["https://a.example"] });
    for (const text of [old.key, key]) expect(await status(text, "/v1/directory", "https://a.example")).toBe(200);
    await scheduler.wait(2100);
    expect(await status(old.key, "/v1/directory", "https://a.example")).toBe(401);
    expect(await status(key, "/v1/directory", "https://a.example")).toBe(200);
    const { keys } = await listed(master);
    expect(keys.find(({ id }) => id === old.id)!.replacedBy).toBe(rights.id);
    const again = await call("POST", `/v1/keys/${old.id}/rotation`, { key: master });
    expect((await answerOf(again)).status).toBe(409);
  });

  test("takes an hour when nobody says how long, and none when somebody says so", async () => {
    const old = await makeKey({ kind: "secret", models: ["m"] }, master);
    await call("POST", `/v1/keys/${old.id}/rotation`, { key: master });
    const { expiresAt } = (await listed(master)).keys.find(({ id }) => id === old.id)!;
    expect(Math.abs(expiresAt! - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const other = await makeKey({ kind: "secret", models: ["m"] }, master);
    await call("POST", `/v1/keys/${other.id}/rotation`, { key: master, body: { grace: "0s" } });
    expect(await status(other.key)).toBe(401);
    for (const grace of ["soon", "-1s", "1000d"])
      expect(
        await answerOf(await call("POST", `/v1/keys/${old.id}/rotation`, { key: master, body: { grace } })),
      ).toEqual({
        status: 400,
        fields: ["body.grace"],
      });
  });

  test("and revocation of what there is not is 404, and of the last key that can make others 409", async () => {
    for (const [method, path] of [
      ["DELETE", "/v1/keys/Nobody00"],
      ["POST", "/v1/keys/Nobody00/rotation"],
    ] as const)
      expect((await answerOf(await call(method, path, { key: master }))).status).toBe(404);
    const id = master.split("_")[1]!;
    expect((await answerOf(await call("DELETE", `/v1/keys/${id}`, { key: master }))).status).toBe(409);
    const next = (await (await call("POST", `/v1/keys/${id}/rotation`, { key: master })).json()) as { key: string };
    expect((await answerOf(await call("DELETE", `/v1/keys/${id}`, { key: next.key }))).status).toBe(200);
    expect(await status(master)).toBe(401);
    expect((await listed(next.key)).history[0]).toMatchObject({
      who: next.key.split("_")[1],
      key: id,
      what: "revoked",
    });
    master = next.key;
  });
});

test("neither structured output nor problems have the secret of a key, wherever it is put", async () => {
  const { key } = await makeKey({ kind: "publishable", models: ["m"], origins: ["https://a.example"] }, master);
  const secrets = [key, master].map((text) => text.split("_")[2]!);
  const texts = await Promise.all(
    [key, master].flatMap((text) =>
      [`/v1/models/${text}`, `/v1/${text}`, `/v1/keys/${text}`, `/v1/log?model=${text}`, `/v1/models?key=${text}`].map(
        async (path) => (await call("GET", path, { key: master })).text(),
      ),
    ),
  );
  await call("DELETE", `/v1/keys/${key}`, { key: master });
  const { writeOutput } = await import("../observe/output.ts");
  writeOutput("error", `somebody wrote ${master}`, { path: `/v1/batch?key=${key}` });
  const written = [...texts, ...output].join("\n");
  expect(written).toContain(`sk_${master.split("_")[1]}_...`);
  for (const secret of secrets) expect(written).not.toContain(secret);
});

test("a registry that has lost its data goes on with the keys in the store: none is forgotten, and each can be revoked", async () => {
  const known = await makeKey({ kind: "secret", models: ["m"] }, master);
  const { keys: before } = await listed(master);
  await lose(registry());
  expect((await listed(master)).keys.map(({ id }) => id)).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
  // No master key is needed that there is already.
  await makeKey({ kind: "publishable", origins: ["https://shop.example"] }, master);
  expect((await call("DELETE", `/v1/keys/${known.id}`, { key: master })).status).toBe(200);
  expect(await status(known.key)).toBe(401);
});

test("a key that is revoked while the store cannot be written is said to be taken still, and is not once it can", async () => {
  const key = await makeKey({ kind: "secret", models: ["m"] }, master);
  const put = vi.spyOn(env.ARTIFACTS, "put").mockRejectedValue(new Error("the store is away"));
  await runInDurableObject(registry(), (instance: Registry) => {
    const bucket = (instance as unknown as { env: Env }).env.ARTIFACTS;
    if (bucket.put !== env.ARTIFACTS.put) vi.spyOn(bucket, "put").mockRejectedValue(new Error("the store is away"));
  });
  const answer = await call("DELETE", `/v1/keys/${key.id}`, { key: master });
  expect([answer.status, await answer.json()]).toMatchObject([202, { id: key.id, pending: true }]);
  expect(await status(key.key)).toBe(200);
  put.mockRestore();
  vi.restoreAllMocks();
  await expect.poll(() => status(key.key), { timeout: 60_000 }).toBe(401);
  const again = await call("DELETE", `/v1/keys/${key.id}`, { key: master });
  expect([again.status, await again.json()]).toMatchObject([200, { pending: false }]);
});

test("a registry that was restored from an older state takes over what became of the keys since then", async () => {
  const revoked = await makeKey({ kind: "secret", models: ["m"] }, master);
  const older = await copyOf(registry(), ["keys", "keys_state"]);
  await call("DELETE", `/v1/keys/${revoked.id}`, { key: master });
  const made = await makeKey({ kind: "secret", models: ["m"] }, master);
  await putBack(registry(), older);
  // Whatever is changed next, or at the latest the look after a start, finds the store ahead.
  await expect
    .poll(async () => (await listed(master)).keys.find(({ id }) => id === revoked.id)?.revokedAt ?? null, {
      timeout: 10_000,
    })
    .not.toBeNull();
  expect(await status(made.key)).toBe(200);
  expect(await status(revoked.key)).toBe(401);
  expect(output.join("\n")).toContain("the keys in the store are newer than the registry's");
});
