import type { AnyClient, Choice, Decision, Slot } from "../client.ts";
import { RankStore, shownOrder } from "./rank-store.ts";
import { untyped } from "./untyped.ts";

/**
 * `<edgewise-rank>`, for pages without a framework: its children are the actions, and are put into the order of the decision.
 * @example
 * defineRankElement(client);
 * <edgewise-rank model="home-hero" slots="2" reward="click">
 *   <article data-id="m1" data-features='{"genre":"drama"}'>...</article>
 *   <article data-id="m2" data-features='{"genre":"comedy"}'>...</article>
 * </edgewise-rank>
 */

/**
 * Defines the element. Its attributes: `model`; `slots`, how many children are shown (all, where it is left out, with one decision); `context`, JSON; `place`, where two have the
 * same children; `reward="click"`, by which a click on a child is feedback for it. It tells of a `decided` event, whose `detail` is the decision.
 * @param name of the element, where another client has an element of its own.
 */
export function defineRankElement(given: AnyClient, name = "edgewise-rank"): void {
  if (customElements.get(name)) return;
  const client = untyped(given);
  const store = RankStore.of(client);

  class RankElement extends HTMLElement {
    #ends: (() => void)[] = [];
    /** Of what is shown. */
    #watches: (() => void)[] = [];
    #shown: Decision | undefined;

    connectedCallback(): void {
      // While the page is being read, the children are yet to come.
      if (document.readyState === "loading")
        document.addEventListener("DOMContentLoaded", () => this.isConnected && this.#begin(), { once: true });
      else this.#begin();
    }

    disconnectedCallback(): void {
      for (const end of [...this.#ends.splice(0), ...this.#watches.splice(0)]) end();
      this.#shown = undefined;
    }

    #begin(): void {
      // It was moved while the page was being read.
      if (this.#ends.length > 0) return;
      this.#ends.push(store.subscribe(() => this.#show()));
      this.#show();
      if (this.getAttribute("reward") === "click") {
        const clicked = ({ target }: Event) => this.#clicked(target as Element);
        this.addEventListener("click", clicked);
        this.#ends.push(() => this.removeEventListener("click", clicked));
      }
    }

    get #items(): HTMLElement[] {
      return [...this.children].filter(
        (child): child is HTMLElement => (child as HTMLElement).dataset?.id !== undefined,
      );
    }

    #show(): void {
      const items = this.#items;
      const slots = Number(this.getAttribute("slots") ?? 0);
      const context = this.getAttribute("context");
      const place = this.getAttribute("place");
      const asked = {
        model: this.getAttribute("model") ?? "",
        // In an order that is not the one that is shown.
        actions: items.map(choiceOf).sort((a, b) => (a.id < b.id ? -1 : 1)),
        options: {
          fallback: items.map(({ dataset }) => dataset.id!),
          ...(slots > 0 && { slots: Math.min(slots, items.length) }),
          ...(context !== null && { context: JSON.parse(context) }),
          ...(place !== null && { place }),
        },
      };
      if (items.length === 0) return;
      const decision = store.get(asked);
      if (decision === this.#shown) return;
      const isFirst = this.#shown === undefined;
      this.#shown = decision;
      for (const end of this.#watches.splice(0)) end();
      const order = shownOrder(decision);
      const byId = new Map(items.map((item) => [item.dataset.id!, item]));
      for (const item of items) item.hidden = !order.includes(item.dataset.id!);
      for (const [i, id] of order.entries()) {
        const item = byId.get(id)!;
        this.append(item);
        const seen: Pick<Decision, "shown"> | undefined = decision.slots?.[i] ?? (i === 0 ? decision : undefined);
        if (seen) this.#watches.push(client.watch(item, seen));
      }
      this.dispatchEvent(new CustomEvent("decided", { detail: decision, bubbles: true }));
      if (isFirst) void store.settled(asked);
    }

    #clicked(target: Element): void {
      const item = this.#items.find((child) => child.contains(target));
      if (!item || !this.#shown) return;
      const { slots, chosen } = this.#shown;
      const id = item.dataset.id!;
      const rewarded: Pick<Slot, "reward"> | undefined = slots
        ? slots.find((slot) => slot.chosen === id)
        : chosen === id
          ? this.#shown
          : undefined;
      rewarded?.reward(1).catch((error: unknown) => console.warn(`edgewise: ${error}`));
    }
  }

  customElements.define(name, RankElement);
}

function choiceOf({ dataset }: HTMLElement): Choice {
  const { id, features } = dataset;
  return { id: id!, ...(features !== undefined && { features: JSON.parse(features) }) };
}
