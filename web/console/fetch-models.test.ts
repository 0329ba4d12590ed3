import { expect, test } from "vitest";
import { fetchModels } from "./fetch-models.ts";

const answering = (body: string, status: number) => async () => new Response(body, { status });

test("the models are what the edge lists, with their versions", async () => {
  const versions = { model: "home-hero", versions: [{ version: 1, stage: "live" }], history: [] };
  const edge: Record<string, unknown> = {
    "/v1/models": { models: [{ model: "home-hero" }], unread: [] },
    "/v1/models/home-hero/versions": versions,
  };
  expect(await fetchModels(async (path) => Response.json(edge[path as string]))).toEqual([
    { ...versions, problem: null },
  ]);
});

test("a model of which something cannot be read says so, and hides no other", async () => {
  const versions = (model: string) => ({ model, versions: [{ version: 1, stage: "live" }], history: [] });
  const list = {
    models: [{ model: "search" }, { model: "home-hero" }],
    unread: [{ model: "intent", problem: "cannot be read at the moment" }],
  };
  const edge = async (path: unknown) => {
    if (path === "/v1/models") return Response.json(list);
    const model = String(path).split("/")[3]!;
    return model === "search"
      ? new Response('{"title":"Service Unavailable","detail":"the registry is away"}', { status: 503 })
      : Response.json(versions(model));
  };
  expect(await fetchModels(edge)).toEqual([
    { ...versions("home-hero"), problem: null },
    { ...versions("intent"), problem: "cannot be read at the moment" },
    { model: "search", versions: [], history: [], problem: "the registry is away" },
  ]);
});

test("an error is told in the edge's words, or by its status", async () => {
  const problem = '{"title":"Too many requests","detail":"try again in 2 s"}';
  await expect(fetchModels(answering(problem, 429))).rejects.toThrow("try again in 2 s");
  await expect(fetchModels(answering("<html>", 502))).rejects.toThrow("the edge answered 502");
  await expect(fetchModels(answering('{"detail":"there is no key"}', 401))).rejects.toThrow("/console/#key=sk_...");
});
