import {
  type App,
  type ComputedRef,
  computed,
  getCurrentScope,
  type InjectionKey,
  inject,
  type MaybeRefOrGetter,
  onScopeDispose,
  type Ref,
  shallowRef,
  toValue,
  triggerRef,
  watchEffect,
} from "vue";
import type { Properties } from "../../../shared/contract/values.ts";
import type { AnyClient, AnyModels, Choice, Client, Decision, Known, NamesOf } from "../client.ts";
import { type PlaceOptions, RankStore, shownOrder, wholly } from "./rank-store.ts";
import { untyped } from "./untyped.ts";
import { whenVisible } from "./when-visible.ts";

/** Edgewise in Vue 3: a place of a page has one decision, however often it is rendered and mounted. */

const KEY: InjectionKey<Client> = Symbol("edgewise");

/** @example createApp(Page).use(edgewise(createClient({ endpoint, key }))) */
export const edgewise = (client: AnyClient) => ({
  install(app: App): void {
    app.provide(KEY, untyped(client));
  },
});

/** @throws Error where no app uses `edgewise(client)`. */
export function useEdgewise(): Client {
  const client = inject(KEY, undefined);
  if (!client) throw new Error("useEdgewise and useRank need app.use(edgewise(client))");
  return client;
}

export type UseRankOptions<Context = Properties> = PlaceOptions<Context> & {
  /**
   * When the decision counts: when half of the element in `target` was seen (`seen`, the default), once it is set up in a page that can be seen (`mounted`), or when you
   * call `decision.shown()` (`manual`).
   */
  counts?: "seen" | "mounted" | "manual";
};

export type Ranked<C extends Pick<Choice, "id">> = {
  decision: ComputedRef<Decision>;
  /** The chosen action. */
  chosen: ComputedRef<C>;
  /** All actions in the order to show them in. */
  ranked: ComputedRef<C[]>;
  /** The element that shows it: `<article :ref="target">`. */
  target: (element: unknown) => void;
  /** Feedback for it. */
  reward: Decision["reward"];
  /** Decides anew. */
  renew(): void;
};

/**
 * Chooses among actions, for this place.
 * @example
 * const { chosen, target, reward } = useRank("home-hero", films);
 */
export function useRank<C extends Choice>(
  model: string,
  actions: MaybeRefOrGetter<readonly C[]>,
  { counts = "seen", ...options }: UseRankOptions = {},
): Ranked<C> {
  const client = useEdgewise();
  const store = RankStore.of(client);
  const changes: Ref<number> = shallowRef(0);
  const unsubscribe = store.subscribe(() => triggerRef(changes));
  if (getCurrentScope()) onScopeDispose(unsubscribe);
  const place = () => ({ model, actions: toValue(actions), options });
  const decision = computed(() => {
    void changes.value;
    return store.get(place());
  });
  const element = shallowRef<Element>();
  watchEffect((onCleanup) => {
    // A server makes a page and is done.
    if (!globalThis.document) return;
    const shown = wholly(decision.value);
    void store.settled(place());
    if (counts === "mounted") onCleanup(whenVisible(() => void shown.shown().catch(() => {})));
    if (counts === "seen" && element.value) onCleanup(client.watch(element.value, shown));
  });
  const found = (id: string): C => toValue(actions).find((action) => action.id === id)!;
  return {
    decision,
    chosen: computed(() => found(decision.value.chosen)),
    ranked: computed(() => shownOrder(decision.value).map(found)),
    target: (given) => {
      const { $el } = (given ?? {}) as { $el?: unknown };
      const found = $el ?? given;
      element.value = globalThis.Element && found instanceof Element ? found : undefined;
    },
    reward: (...given) => decision.value.reward(...given),
    renew: () => store.renew(place()),
  };
}

type UseRank<M extends AnyModels> = <
  Name extends NamesOf<M, "rank">,
  const C extends Choice<string, Known<M[Name]["action"]>>,
>(
  model: Name,
  actions: MaybeRefOrGetter<readonly C[]>,
  options?: UseRankOptions<Known<M[Name]["context"]>>,
) => Ranked<C>;

/**
 * `useRank` for models whose types are known.
 * @example export const useRank = rankHook<typeof models>();
 */
export const rankHook = <M extends AnyModels>(): UseRank<M> => useRank as UseRank<M>;
