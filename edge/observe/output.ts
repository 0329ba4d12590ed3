import { withoutKeys } from "../../shared/contract/key-text.ts";

/** Writes one line of structured output, without the secret of any key. `trace` is the W3C trace id of the request it belongs to. */
export function writeOutput(
  level: "info" | "warn" | "error",
  message: string,
  fields: Record<string, unknown> = {},
): void {
  console[level](withoutKeys(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields })));
}

/** What to write of a thrown value. */
export function errorFields(error: unknown): { error: string; stack?: string } {
  if (!(error instanceof Error)) return { error: String(error) };
  return error.stack === undefined ? { error: error.message } : { error: error.message, stack: error.stack };
}
