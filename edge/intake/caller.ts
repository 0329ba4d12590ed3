import type { KeyKind } from "../../shared/contract/key-text.ts";

/** Who calls, as the middleware found out. */
export type Caller = {
  /** The key's id; `root` for ROOT_KEY, `open` for whoever calls while there are no keys. It stands in histories, and is no secret. */
  id: string;
  kind: KeyKind;
  /** Models that the key is for; null: all. */
  models: readonly string[] | null;
  /** Most requests a minute that the key says; null: none. */
  rate: number | null;
  /** The network that it calls from (network.ts); null where that is not known, and of a secret key. */
  network: string | null;
};

/** Whoever calls with ROOT_KEY. */
export const ROOT: Caller = { id: "root", kind: "secret", models: null, rate: null, network: null };
/** Whoever calls on loopback while there are no keys. */
export const OPEN: Caller = { id: "open", kind: "secret", models: null, rate: null, network: null };

/** Whoever has no secret key may be anybody. */
export const isTrusted = ({ kind }: Pick<Caller, "kind">): boolean => kind === "secret";

/** Whether a caller's key is for a model. */
export const isFor = ({ models }: Pick<Caller, "models">, model: string): boolean =>
  models === null || models.includes(model);
