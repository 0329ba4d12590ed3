import { KEYS_FORMAT } from "../../shared/contract/format.ts";
import { parseKey } from "../../shared/contract/key-text.ts";
import type { Background } from "../background.ts";
import type { Env } from "../env.ts";
import { writeOutput } from "../observe/output.ts";
import { sha256Hex } from "../storage/artifacts.ts";
import { type KeysDocument, readKeys, type StoredKey } from "../storage/keys.ts";
import { FewLooks } from "./few-looks.ts";
import { Followed } from "./followed.ts";
import { KEYS_WAIT, MAX_UNKNOWN_IDS, MIN_ROOT_KEY, UNKNOWN_KEY_LOOKS } from "./limits.ts";
import { working } from "./parts.ts";

/** What this isolate knows of the keys. */

/** What a key's text is worth. `problem`: why it is not taken. */
export type Found = { key: StoredKey | "root" } | { problem: string };

/** The keys by id, and the origins of all that are taken. */
type Known = { number: number; byId: ReadonlyMap<string, StoredKey>; origins: ReadonlySet<string> };

const followed = new Followed<Known>({
  what: "keys",
  load: async (env) => known(await readKeys(env.ARTIFACTS, 0)),
  look,
  wait: KEYS_WAIT,
});

/** The part of the edge that says who may do what. */
export const KEY_STORE = "key store";

/** What this isolate goes by. @throws UnavailableError when it knows none yet, and they cannot be read: until then nobody can be told from anybody. */
export const knownKeys = (env: Env, background: Background): Promise<Known> =>
  followed.held
    ? followed.current(env, background)
    : working(env, KEY_STORE, () => followed.current(env, background), { isOutage: () => true });

/** Ids that the store does not know either, as of the keys that are held. */
const unknownIds = new Set<string>();
/** Whoever sends invented keys must not make the isolate read the store for each. */
const looks = new FewLooks(UNKNOWN_KEY_LOOKS);
/** The settings that were last hashed, and their hashes. */
let roots: { ROOT_KEY: string; LOCAL_KEY: string; hashes: string[] } | null = null;

/** Whether nobody has made a key yet, nor set ROOT_KEY. */
export async function isOpen(env: Env, background: Background): Promise<boolean> {
  if (env.ROOT_KEY || env.OPEN_MODE === "off") return false;
  return (await knownKeys(env, background)).number === 0;
}

/** Whether some key that is taken stands in pages of an origin. */
export async function isKeysOrigin(env: Env, background: Background, origin: string): Promise<boolean> {
  return (await knownKeys(env, background)).origins.has(origin);
}

/** Finds the key with a text. The hash is compared, of which whoever measures the time learns nothing about a key. */
export async function findKey(env: Env, background: Background, text: string): Promise<Found> {
  const hash = await sha256Hex(new TextEncoder().encode(text));
  if (await isRoot(env, hash)) return { key: "root" };
  const parsed = parseKey(text);
  if (!parsed) return { problem: "has not the form of a key: pk_ or sk_, an id, and a secret" };
  const key = await keyById(env, background, parsed.id);
  if (!key || key.hash !== hash || key.kind !== parsed.kind) return { problem: "is not known" };
  if (key.revokedAt !== null) return { problem: "was revoked" };
  if (key.expiresAt !== null && key.expiresAt <= Date.now()) return { problem: "has expired" };
  return { key };
}

/** Takes over what has just been changed, so that this isolate goes by it at once. */
export const takeKeys = (env: Env): Promise<void> => followed.look(env);

async function keyById(env: Env, background: Background, id: string): Promise<StoredKey | undefined> {
  const key = (await knownKeys(env, background)).byId.get(id);
  if (key || unknownIds.has(id) || !looks.may()) return key;
  // It may have been made since: who has just got a key need not wait for this isolate to hear of it.
  await followed.look(env);
  const found = followed.held!.byId.get(id);
  if (!found) {
    if (unknownIds.size >= MAX_UNKNOWN_IDS) unknownIds.clear();
    unknownIds.add(id);
  }
  return found;
}

async function isRoot({ ROOT_KEY = "", LOCAL_KEY = "" }: Env, hash: string): Promise<boolean> {
  if (roots?.ROOT_KEY !== ROOT_KEY || roots.LOCAL_KEY !== LOCAL_KEY) {
    const taken = [ROOT_KEY, LOCAL_KEY].filter((text) => text.length >= MIN_ROOT_KEY);
    const hashes = await Promise.all(taken.map((text) => sha256Hex(new TextEncoder().encode(text))));
    roots = { ROOT_KEY, LOCAL_KEY, hashes };
    if (ROOT_KEY !== "" && ROOT_KEY.length < MIN_ROOT_KEY)
      writeOutput("error", `ROOT_KEY is not taken: it must have at least ${MIN_ROOT_KEY} characters`, {
        characters: ROOT_KEY.length,
      });
  }
  return roots.hashes.includes(hash);
}

async function look(env: Env): Promise<void> {
  const keys = await readKeys(env.ARTIFACTS, followed.held?.number ?? 0);
  // None where there were some: the pointer is being written, and the keys that were there go on.
  if (!keys || (followed.held && keys.number <= followed.held.number)) return;
  followed.hold(known(keys));
  unknownIds.clear();
}

function known(document: KeysDocument | null): Known {
  const { number, keys } = document ?? { format: KEYS_FORMAT, number: 0, keys: [] };
  const now = Date.now();
  const taken = keys.filter(({ revokedAt, expiresAt }) => revokedAt === null && (expiresAt ?? now + 1) > now);
  return {
    number,
    byId: new Map(keys.map((key) => [key.id, key])),
    origins: new Set(taken.flatMap(({ origins }) => origins)),
  };
}
