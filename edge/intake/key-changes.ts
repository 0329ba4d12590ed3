import { newKey } from "../../shared/contract/key-text.ts";
import type { Env } from "../env.ts";
import type { KeyHistoryEntry, KeyOutcome, RegisteredKey, RegistryCalls } from "../registry/messages.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import type { Caller } from "./caller.ts";
import { takeKeys } from "./keys.ts";
import { MIN_ROOT_KEY } from "./limits.ts";
import { fieldProblem } from "./problem.ts";

/** Keys as callers make and change them; the registry decides. A key's text is made here, and leaves with the answer: nothing keeps it. */

type Asked = Pick<RegisteredKey, "kind" | "models" | "origins" | "rate" | "note" | "expiresAt">;
/** `pending`: isolates do not go by it yet, since the store cannot be written at the moment. */
type Changed = RegisteredKey & { pending: boolean };
/** A new key, with its text. */
type Made = Changed & { key: string };

export const listKeys = (env: Env): Promise<{ keys: RegisteredKey[]; history: KeyHistoryEntry[] }> =>
  registry(env).keys();

/** @throws ProblemError 409 when there are too many, or nobody could make keys afterwards. */
export async function createKey(env: Env, { id: who }: Caller, asked: Asked): Promise<Made> {
  const { id, text } = newKey(asked.kind, fillRandom);
  const key = { ...asked, id, hash: await hashOf(text) };
  return { ...(await done(env, registry(env).createKey({ who, hasRoot: hasRoot(env), key }))), key: text };
}

/** @param grace for how long the old key is still taken, ms. @throws ProblemError 404, 409 when it is no longer taken, or was replaced already. */
export async function rotateKey(env: Env, { id: who }: Caller, id: string, grace: number): Promise<Made> {
  const { keys } = await listKeys(env);
  // Of a key that there is not, the registry says so.
  const made = newKey(keys.find((key) => key.id === id)?.kind ?? "secret", fillRandom);
  const successor = { id: made.id, hash: await hashOf(made.text) };
  return { ...(await done(env, registry(env).rotateKey({ who, id, successor, grace }))), key: made.text };
}

/** @throws ProblemError 404, 409 when nobody could make keys afterwards. */
export const revokeKey = (env: Env, { id: who }: Caller, id: string): Promise<Changed> =>
  done(env, registry(env).revokeKey(who, hasRoot(env), id));

async function done(env: Env, call: Promise<KeyOutcome>): Promise<Changed> {
  const outcome = await call;
  if ("refused" in outcome) {
    const { status, field, problem } = outcome.refused;
    throw fieldProblem(status, field, problem);
  }
  if (!outcome.pending) await takeKeys(env);
  return { ...outcome.ok, pending: outcome.pending };
}

const registry = (env: Env): DurableObjectStub<RegistryCalls> => env.REGISTRY.getByName("registry");
const hasRoot = ({ ROOT_KEY = "" }: Env): boolean => ROOT_KEY.length >= MIN_ROOT_KEY;
const hashOf = (text: string): Promise<string> => sha256Hex(new TextEncoder().encode(text));
const fillRandom = (bytes: Uint8Array<ArrayBuffer>): void => void crypto.getRandomValues(bytes);
