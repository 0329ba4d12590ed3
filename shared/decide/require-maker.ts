import { type LoadedModel, modelLabel } from "./loaded-model.ts";

/** @throws Error when the decision was made by another model, version or snapshot: this one cannot say what it was made of. */
export function requireMaker(
  { spec, version, snapshot }: Pick<LoadedModel, "spec" | "version" | "snapshot">,
  decision: { id: string; model: string; version: number; snapshot: number },
): void {
  const [made, held] = [modelLabel(decision), modelLabel({ model: spec.name, version, snapshot: snapshot.number })];
  if (made !== held) throw new Error(`decision ${decision.id} is of ${made}, the model is ${held}`);
}
