import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoopbackOrigin, notLoopback } from "./loopback.ts";
import { mayComeFrom, type Need, refusalOf } from "./who-may.ts";

const names = ["a", "b", "c", "d"];
const models = fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), { nil: null });
const kind = fc.constantFrom("publishable", "secret" as const);
const need: fc.Arbitrary<Need> = fc.record({
  key: fc.constantFrom("none", "publishable", "secret"),
  models: fc.constantFrom("path", "all", "own"),
});
const model = fc.option(fc.constantFrom(...names), { nil: null });
const may = (...call: Parameters<typeof refusalOf>) => refusalOf(...call) === null;

describe("who may do what", () => {
  test("a secret key may whatever a publishable one of its models may", () => {
    fc.assert(
      fc.property(need, models, model, (need, models, model) => {
        if (may(need, { kind: "publishable", models }, model))
          expect(may(need, { kind: "secret", models }, model)).toBe(true);
      }),
    );
  });

  test("a key for more models may whatever one for fewer may", () => {
    fc.assert(
      fc.property(need, kind, models, fc.constantFrom(...names), model, (need, kind, models, another, model) => {
        if (!may(need, { kind, models }, model)) return;
        for (const more of [null, models && [...models, another]])
          expect(may(need, { kind, models: more }, model)).toBe(true);
      }),
    );
  });

  test("what needs the path's model is for keys of that model, and what needs all models for keys of all", () => {
    fc.assert(
      fc.property(
        kind,
        models,
        model,
        fc.constantFrom("publishable", "secret" as const),
        (kind, models, model, key) => {
          if (may({ key, models: "path" }, { kind, models }, model))
            expect(models === null || models.includes(model!)).toBe(true);
          if (may({ key, models: "all" }, { kind, models }, model)) expect(models).toBeNull();
          if (may({ key: "secret", models: "own" }, { kind, models }, model)) expect(kind).toBe("secret");
        },
      ),
    );
  });

  test("a publishable key is for its origins only, and a secret one for whatever place", () => {
    const all = ["https://a.example", "https://a.example:8443", "http://a.example", "https://b.a.example", "null"];
    const origin = fc.option(fc.constantFrom(...all), { nil: null });
    fc.assert(
      fc.property(fc.subarray(all), origin, (origins, origin) => {
        expect(mayComeFrom({ kind: "publishable", origins }, origin)).toBe(origin !== null && origins.includes(origin));
        expect(mayComeFrom({ kind: "secret", origins: [] }, origin)).toBe(true);
      }),
    );
  });
});

describe("this machine", () => {
  const why = (url: string, headers: Record<string, string> = {}) => notLoopback(url, (name) => headers[name]);

  test("is localhost, 127.0.0.1 and [::1], at any port", () => {
    for (const host of ["localhost", "localhost:8787", "127.0.0.1:8787", "[::1]:8787", "LOCALHOST"])
      expect(why(`http://${host}/v1/models`, { host, origin: "http://localhost:5173" })).toBeNull();
  });

  test.each([
    ["another host", "http://edge.example/v1/models", {}],
    ["a host that begins alike", "http://localhost.evil.example/", {}],
    ["another Host header than the URL says", "http://localhost/", { host: "evil.example" }],
    ["a Host header that is none", "http://localhost/", { host: "local host" }],
    ["a proxy's host", "http://localhost/", { "x-forwarded-host": "edge.example" }],
    ["Cloudflare", "http://localhost/", { "cf-connecting-ip": "127.0.0.1" }],
    ["a proxy", "http://localhost/", { "x-forwarded-for": "127.0.0.1" }],
    ["a proxy that follows RFC 7239", "http://localhost/", { forwarded: "for=127.0.0.1" }],
    ["nginx", "http://localhost/", { "x-real-ip": "127.0.0.1" }],
    ["a page of elsewhere", "http://localhost/", { origin: "https://evil.example" }],
    ["a page of elsewhere that is named alike", "http://localhost/", { origin: "http://localhost.evil.example" }],
    ["a page without an origin", "http://localhost/", { origin: "null" }],
  ])("is not %s", (_, url, headers) => expect(why(url, headers)).not.toBeNull());

  test("has no origin that is not one", () => {
    for (const origin of [
      "",
      "localhost",
      "http://localhost/",
      "http://localhost:80",
      "file://localhost",
      "http://u@localhost",
    ])
      expect(isLoopbackOrigin(origin)).toBe(false);
  });
});
