import { expect, test } from "vitest";
import { field, vector } from "../../shared/contract/define.ts";
import { send } from "../testing/edge.ts";
import { rankModel } from "../testing/models.ts";

test("of a vector that neither graph nor head sees, a deployment says that nothing is learned", async () => {
  const { features, ...model } = rankModel();
  const deployed = async (context: object) => {
    const name = `${model.name}-${Object.keys(context).length}`;
    const spec = { ...model, name, features: { ...features, context } };
    const response = await send("POST", `/v1/models/${name}/versions`, { spec });
    expect(response.status).toBe(201);
    return ((await response.json()) as { warnings: string[] }).warnings;
  };
  expect(await deployed({ device: field("device") })).toEqual([]);
  expect(await deployed({ device: field("device"), taste: vector("taste", 4) })).toEqual([
    "context.taste is a vector, of which nothing is learned without a graph in a spec of format 1: leave the format out, or make it 2",
  ]);
});
