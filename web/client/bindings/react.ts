"use client";

import {
  createContext,
  createElement,
  type ReactNode,
  type RefCallback,
  use,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from "react";
import type { Properties } from "../../../shared/contract/values.ts";
import type { AnyClient, AnyModels, Choice, Client, Decision, Known, NamesOf } from "../client.ts";
import { asGiven, type Place, type PlaceOptions, RankStore, shownOrder, wholly } from "./rank-store.ts";
import { untyped } from "./untyped.ts";
import { whenVisible } from "./when-visible.ts";

/** Edgewise in React 19: a place of a page has one decision, however often React renders, mounts and throws it away. */

const ClientContext = createContext<Client | undefined>(undefined);

/** Gives a client to all within. On a server it is one of the request's own, with the decisions that the server made (`ClientOptions.decisions`). */
export function EdgewiseProvider({ client, children }: { client: AnyClient; children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: untyped(client) }, children);
}

/** @throws Error outside of an `EdgewiseProvider`. */
export function useEdgewise(): Client {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useEdgewise and useRank need an <EdgewiseProvider client={...}> around them");
  return client;
}

export type UseRankOptions<Context = Properties> = PlaceOptions<Context> & {
  /**
   * When the decision counts: when half of the element with `ref` was seen (`seen`, the default), once it is mounted in a page that can be seen (`mounted`), or when you call
   * `decision.shown()` (`manual`).
   */
  counts?: "seen" | "mounted" | "manual";
  /** Suspends until the model is here, or was waited for as long as `rank` waits. By default the fallback is shown meanwhile. */
  suspend?: boolean;
};

export type Ranked<C extends Pick<Choice, "id">> = {
  decision: Decision;
  /** The chosen action. */
  chosen: C;
  /** All actions in the order to show them in. */
  ranked: C[];
  /** Of the element that shows it. */
  ref: RefCallback<Element>;
  /** Feedback for it. */
  reward: Decision["reward"];
  /** Decides anew. */
  renew(): void;
};

/**
 * Chooses among actions, for this place.
 * @example
 * const { chosen, ref, reward } = useRank("home-hero", films);
 * return <article ref={ref} onClick={() => reward(1)}>{chosen.title}</article>;
 */
export function useRank<C extends Choice>(
  model: string,
  actions: readonly C[],
  { counts = "seen", suspend = false, ...options }: UseRankOptions = {},
): Ranked<C> {
  const client = useEdgewise();
  const store = RankStore.of(client);
  const place: Place = { model, actions, options };
  const subscribe = useCallback((changed: () => void) => store.subscribe(changed), [store]);
  const get = () => store.get(place);
  // Made once: while the page is hydrated, React asks for it again and again.
  const given = useRef<Decision>(undefined);
  const hydrated = () => {
    const here = get();
    if (!globalThis.document || here.computedBy.place === "edge") return here;
    given.current ??= asGiven(here, place);
    return given.current;
  };
  const decision = useSyncExternalStore(subscribe, get, hydrated);
  const { id } = decision;
  if (suspend && globalThis.document) {
    const settling = store.settled(place);
    if (settling) use(settling);
  }
  // The place may be another object at each render: its decision tells whether it is another place.
  useEffect(() => {
    void store.settled(place);
  }, [store, id]);
  useEffect(() => {
    if (counts !== "mounted") return undefined;
    return whenVisible(
      () =>
        void wholly(decision)
          .shown()
          .catch(() => {}),
    );
  }, [counts, id]);
  const ref = useCallback(
    (element: Element | null) => {
      if (element && counts === "seen") return client.watch(element, wholly(decision));
      return undefined;
    },
    [client, counts, id],
  );
  return useMemo(() => {
    const byId = new Map(actions.map((action) => [action.id, action]));
    const ranked = shownOrder(decision).map((id) => byId.get(id)!);
    return {
      decision,
      chosen: byId.get(decision.chosen)!,
      ranked,
      ref,
      reward: decision.reward,
      renew: () => store.renew({ model, actions, options }),
    };
  }, [decision, actions, ref, store]);
}

type UseRank<M extends AnyModels> = <
  Name extends NamesOf<M, "rank">,
  const C extends Choice<string, Known<M[Name]["action"]>>,
>(
  model: Name,
  actions: readonly C[],
  options?: UseRankOptions<Known<M[Name]["context"]>>,
) => Ranked<C>;

/**
 * `useRank` for models whose types are known.
 * @example export const useRank = rankHook<typeof models>();
 */
export const rankHook = <M extends AnyModels>(): UseRank<M> => useRank as UseRank<M>;
