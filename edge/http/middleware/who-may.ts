import type { KeyKind } from "../../../shared/contract/key-text.ts";
import { type Caller, isFor } from "../../intake/caller.ts";
import type { FieldError } from "../../intake/problem.ts";

/** Who may do what (DESIGN): pure rules. Each route says what it needs beside its schema. */

/** What a call needs. */
export type Need = {
  /** `none`: no key. `publishable`: a key of either kind. `secret`: a secret one. */
  key: "none" | KeyKind;
  /**
   * Which models the key must be for. `path`: the one in the path. `all`: all that there are. `own`: any; what is of other models the route neither
   * tells nor changes.
   */
  models: "path" | "all" | "own";
};

/** Why a caller may not do what a route does; null when it may. @param model the one in the path; null: there is none. */
export function refusalOf(
  { key, models }: Need,
  caller: Pick<Caller, "kind" | "models">,
  model: string | null,
): FieldError | null {
  if (key === "none") return null;
  if (key === "secret" && caller.kind !== "secret")
    return { field: "header.authorization", message: "must have a secret key: a publishable one may not do this" };
  if (models === "all" && caller.models !== null)
    return { field: "header.authorization", message: "must have a key for all models" };
  if (models === "path" && (model === null || !isFor(caller, model)))
    return { field: "path.model", message: "is not a model that the key is for" };
  return null;
}

/** Whether a key may be used from an origin; null: the caller does not say which. A secret key is in no page, and asks for none. */
export const mayComeFrom = (
  { kind, origins }: { kind: KeyKind; origins: readonly string[] },
  origin: string | null,
): boolean => kind === "secret" || (origin !== null && origins.includes(origin));
