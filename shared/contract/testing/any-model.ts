import { type defineModel, withDefaults } from "../define.ts";
import { type ModelSpec, modelSpec } from "../spec.ts";

/**
 * As `defineModel`, also what is refused of authors and goes on where it was deployed: interactions of namespaces without a feature, or of a graph that comes without a file.
 * @throws Error when it is not valid.
 */
export function anyModel(written: Parameters<typeof defineModel>[0]): ModelSpec {
  const { data, error } = modelSpec.safeParse(withDefaults(written));
  if (error) throw new Error(`it is not valid: ${error}`);
  return data;
}
