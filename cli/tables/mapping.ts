import { readFileSync } from "node:fs";
import type { ModelSpec } from "../../shared/contract/spec.ts";
import { UsageError } from "../command.ts";
import { type TableMapping, tableMapping } from "./table-mapping.ts";

/** @throws UsageError when the file cannot be read, is not JSON or not a mapping, naming every field that is wrong. */
export function readMapping(path: string): TableMapping {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`The mapping ${path} cannot be read: ${(error as Error).message}`);
  }
  const result = tableMapping.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.map((i) => `\n  ${i.path.join(".") || "(file)"}: ${i.message}`).join("");
  throw new UsageError(`The mapping ${path} is not valid:${problems}`);
}

/** The mapping without some columns. @throws UsageError when it does not have one of them. */
export function withoutColumns(mapping: TableMapping, names: readonly string[]): TableMapping {
  for (const name of names)
    if (!(name in mapping.columns)) throw new UsageError(`--drop ${name}: the mapping has no such column.`);
  const columns = Object.fromEntries(Object.entries(mapping.columns).filter(([name]) => !names.includes(name)));
  return { ...mapping, columns };
}

/** The columns that the mapping sends and no context feature of the model reads. The edge takes them and learns nothing from them. */
export function unusedColumns(mapping: TableMapping, { features }: Pick<ModelSpec, "features">): string[] {
  const read = Object.values(features.context).flatMap((operator) => ("path" in operator ? [operator.path] : []));
  return Object.keys(mapping.columns).filter((column) => !read.includes(column));
}
