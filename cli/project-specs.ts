import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./command.ts";

/** Where a project has its specs. */
export const MODELS = "models";

/** What is none: types, and the tests that stand beside it. */
const other = /\.d\.ts$|\.test\.[jt]s$/;

/** @returns the spec files of the project in this folder, by name. @throws UsageError when it has none. */
export function specsOfProject(): string[] {
  const files = existsSync(MODELS) ? readdirSync(MODELS) : [];
  const specs = files.filter((file) => /\.(ts|js|json)$/.test(file) && !other.test(file)).sort();
  if (specs.length === 0)
    throw new UsageError(`Name a spec: there is none in ${MODELS}/ of this folder, where a project has them.`);
  return specs.map((file) => join(MODELS, file));
}
