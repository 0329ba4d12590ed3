import { type CALL, type LOCAL, RANDOM, UNKNOWN } from "../../shared/contract/issued-session.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import type { RegistryCalls } from "../registry/messages.ts";
import { SECRETS_AGE } from "./limits.ts";
import { ProblemError } from "./problem.ts";
import { isIssued, numberOf, sessionIdOf } from "./session-id.ts";

/** What this isolate signs sessions with, and knows them by. It asks the registry once, and again now and then behind an answer: secrets are known a day ahead. */

type Signing = { key: CryptoKey; from: number };
let held: { secrets: Signing[]; askedAt: number } | null = null;

/**
 * Issues sessions.
 * @param to whom; a stranger by his network, null where that is not known.
 * @throws ProblemError 503 when this isolate has no secret yet and the registry does not answer.
 */
export async function issueSessions(
  env: Env,
  background: Background,
  count: number,
  to: typeof CALL | typeof LOCAL | { network: string | null },
): Promise<string[]> {
  const secrets = await currentSecrets(env, background);
  const now = Date.now();
  // By a clock that is behind the registry's, its first has not begun.
  const { key } = secrets.findLast(({ from }) => from <= now) ?? secrets[0]!;
  const number = typeof to === "number" ? to : to.network === null ? UNKNOWN : await numberOf(key, to.network);
  const random = () => crypto.getRandomValues(new Uint8Array(RANDOM));
  return Promise.all(Array.from({ length: count }, () => sessionIdOf(key, random(), number, now)));
}

/** Those of some sessions that this edge issued. @throws ProblemError as `issueSessions`. */
export async function issuedOf(env: Env, background: Background, sessions: Iterable<string>): Promise<Set<string>> {
  const distinct = [...new Set(sessions)];
  if (distinct.length === 0) return new Set();
  const keys = (await currentSecrets(env, background)).map(({ key }) => key);
  const now = Date.now();
  const issued = await Promise.all(distinct.map((session) => isIssued(keys, session, now)));
  return new Set(distinct.filter((_, i) => issued[i]));
}

async function currentSecrets(env: Env, background: Background): Promise<Signing[]> {
  if (!held) {
    try {
      return await ask(env);
    } catch (error) {
      writeOutput("error", "the registry does not give the secret of sessions", errorFields(error));
      throw new ProblemError(503, "Sessions cannot be told from invented ones at the moment", [], {
        "retry-after": "1",
      });
    }
  }
  const age = Date.now() - held.askedAt;
  if (age < 0 || age > SECRETS_AGE) {
    held.askedAt = Date.now();
    background.waitUntil(
      ask(env).catch((error) =>
        writeOutput("warn", "the registry does not give the secrets of sessions anew", errorFields(error)),
      ),
    );
  }
  return held.secrets;
}

/** Each request for itself: one must not wait for what another reads. */
async function ask(env: Env): Promise<Signing[]> {
  const registry: DurableObjectStub<RegistryCalls> = env.REGISTRY.getByName("registry");
  const secrets = await registry.sessionSecrets();
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const signing = await Promise.all(
    secrets.map(async ({ secret, from }) => ({
      key: await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]),
      from,
    })),
  );
  held = { secrets: signing, askedAt: Date.now() };
  return signing;
}
