import { modelName } from "../shared/contract/values.ts";
import { UsageError } from "./command.ts";

/** @throws UsageError saying what a model's name looks like. */
export function readModelName(text: string): string {
  if (modelName.safeParse(text).success) return text;
  throw new UsageError(
    `${JSON.stringify(text)} is no model's name, which has up to 63 lower-case letters, digits and hyphens and begins with a letter.`,
  );
}

/** The path of something of a model: `/v1/models/home-hero/versions/3`. @param model a name that was checked. */
export const modelPath = (model: string, ...parts: readonly (string | number)[]): string =>
  ["/v1/models", ...[model, ...parts].map((part) => encodeURIComponent(part))].join("/");
