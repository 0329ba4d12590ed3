import { Readable } from "node:stream";
import { UsageError } from "../command.ts";
import { lines } from "../export.ts";
import { PartitionDatabases } from "./partition-databases.ts";

/**
 * The log of one model under a server's state directory, as `edgewise export --format edgewise` writes it.
 * @param name null: the only one there is.
 * @throws UsageError when there is none, or it cannot be told which.
 */
export function stateDirectory(directory: string, name: string | null): Readable {
  const databases = new PartitionDatabases(directory);
  const models = databases.models();
  const model = name ?? (models.length === 1 ? models[0]! : null);
  if (model === null || !models.includes(model)) {
    databases.close();
    if (models.length === 0) throw new UsageError(`${directory} has no decisions with an outcome yet.`);
    throw new UsageError(
      `${directory} has decisions of ${models.join(", ")}${model === null ? ": choose with --model" : `, but not of ${model}`}.`,
    );
  }
  const counts = { written: 0, predictions: 0 };
  return Readable.from(lines(databases.examples(model), "edgewise", counts)).on("close", () => databases.close());
}
