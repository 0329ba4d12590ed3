import type { Env } from "../env.ts";
import { type PartitionCalls, partitionNames } from "../log/messages.ts";
import type { RegistryCalls } from "../registry/messages.ts";
import type { Past } from "../storage/put-back.ts";
import type { TrainerCalls } from "../training/messages.ts";
import { partitionPart } from "./hear-parts.ts";
import { fieldProblem } from "./problem.ts";

/**
 * Puts a part of the edge back to what it was, for who names it as health does.
 * @returns the bookmark of what it was until then, which is the way back.
 * @throws ProblemError 404 when there is no such part; 409 when its storage keeps no past, as on one machine, or not that.
 */
export async function putPartBack(env: Env, part: string, to: Past): Promise<string> {
  const object = await objectOf(env, part);
  if (!object)
    throw fieldProblem(404, "body.part", 'is not a part with data of its own: name it as /health does, "partition 2"');
  const done = await object.putBack(to);
  if ("undo" in done) return done.undo;
  const instead = env.STATE_DISK ? ": on one machine, put the state directory back from a copy of it" : "";
  throw fieldProblem(409, "body.part", `cannot be put back (${done.refused})${instead}`);
}

type Part = DurableObjectStub<PartitionCalls> | DurableObjectStub<RegistryCalls> | DurableObjectStub<TrainerCalls>;

async function objectOf(env: Env, part: string): Promise<Part | null> {
  const registry = env.REGISTRY.getByName("registry");
  if (part === "registry") return registry;
  const partition = partitionNames(env.PARTITIONS).find((name) => part === partitionPart(name));
  if (partition !== undefined) return env.PARTITION.getByName(partition);
  // Of a version that there is: an object comes to be by being asked.
  const [, model, version] = TRAINER.exec(part) ?? [];
  if (model === undefined) return null;
  const versions = (await registry.versions(model))?.versions ?? [];
  if (!versions.some((one) => String(one.version) === version)) return null;
  return env.TRAINER.getByName(`${model}@${version}`);
}

const TRAINER = /^trainer (.+)@([1-9]\d{0,8})$/;
