import { batchBody } from "./batch.ts";
import { sha256 } from "./sha256.ts";
import type { OutboxItem } from "./stores.ts";

/** Characters of a list that is not worth a name, and of a batch that is not worth compressing. */
export const SHORT = 500;

/**
 * Batches that say nothing twice (docs/adr/0026-brief-batches.md): lists of actions are named by their hashes, and of what a version decided scores and probabilities are left out, since the edge decides it again.
 * A page takes it that others have told the edge of its lists, until the edge asks for one.
 */
export class BriefBatches {
  /** Lists that this page has told, or tells now; null: the edge has not asked yet. */
  #told: Set<string> | null = null;

  /** The body of a batch. */
  async body(items: readonly OutboxItem[]): Promise<string> {
    const lists: Record<string, unknown> = {};
    const brief = await Promise.all(
      items.map(async (item) => {
        const record = JSON.parse(item.body);
        const { actions, version, probabilities } = record;
        if (!actions) return item;
        if (version) {
          record.propensity = probabilities[record.chosen];
          record.scores = record.probabilities = undefined;
        }
        const list = JSON.stringify(actions);
        const hash = list.length > SHORT && (await sha256(new TextEncoder().encode(list)));
        if (hash) {
          // Where this does not arrive, the edge asks for it when it is named next.
          if (this.#told && this.#told.size < this.#told.add(hash).size) lists[hash] = actions;
          record.actions = hash;
        }
        return { ...item, body: JSON.stringify(record) };
      }),
    );
    return `${batchBody(brief).slice(0, -1)},"actionLists":${JSON.stringify(lists)}}`;
  }

  /** The edge asks for lists that it does not know. */
  wanted(hashes: readonly string[]): void {
    this.#told ??= new Set();
    for (const hash of hashes) this.#told.delete(hash);
  }
}
