import { expect, test } from "vitest";
import { fetchModels } from "./fetch-models.ts";

const answering = (body: string, status: number) => async () => new Response(body, { status });

test("the models are what the edge lists", async () => {
  expect(await fetchModels(answering('{"models":[{"model":"home-hero"}]}', 200))).toEqual([{ model: "home-hero" }]);
});

test("an error is told in the edge's words, or by its status", async () => {
  const problem = '{"title":"Too many requests","detail":"try again in 2 s"}';
  await expect(fetchModels(answering(problem, 429))).rejects.toThrow("try again in 2 s");
  await expect(fetchModels(answering("<html>", 502))).rejects.toThrow("the edge answered 502");
});
