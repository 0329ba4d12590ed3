/** A record as it lies in the log. `actionsOf`: id of the decision whose record has its actions; null: it has them itself. */
export type StoredRecord = { body: string; actionsOf: string | null };
type Parsed = { [name: string]: unknown; actions?: unknown; model?: unknown; unit?: unknown };

/** A decision that may be the first of a list. `actions`: those in its record; null when there are none, or they are another's. */
type List = { id: string; actions: unknown[] | null; model: unknown; unit: unknown };

/**
 * Keeps the actions of a list once. Decisions of a list's slots come one by one, each over the actions that the slots above left (shared/decide/decide-slots.ts): 20
 * slots would be 20 times what the call sent. So the record of a further slot, `<id>.<slot>`, is stored with the places of its actions in the record of
 * the first, `<id>`; whoever reads the log gets it as it came, to the letter.
 */
export class SlotRecords {
  readonly #sql: SqlStorage;
  /** The list that was asked for last: its slots come and go together. */
  #list: List | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** As it is to be stored: as it came, unless it is of a further slot of a list that is in the log. */
  shortened(id: string, body: string): StoredRecord {
    const whole = { body, actionsOf: null };
    const first = firstOf(id);
    const of = first === null ? null : this.#listOf(first);
    const list = of?.actions;
    if (!first || !list) return whole;
    const record = parsed(body);
    // What is another's may be erased without it.
    if (!record || record.unit !== of.unit || record.model !== of.model) return whole;
    if (!Array.isArray(record.actions)) return whole;
    const places = new Map(list.map((action, place) => [JSON.stringify(action), place]));
    const actions = record.actions.map((action) => places.get(JSON.stringify(action)));
    if (actions.includes(undefined)) return whole;
    const stored = { body: JSON.stringify({ ...record, actions }), actionsOf: first };
    // What was written otherwise than we write it would not come back to the letter.
    return this.whole(stored) === body ? stored : whole;
  }

  /** As it came. */
  whole({ body, actionsOf }: StoredRecord): string {
    if (actionsOf === null) return body;
    const record = parsed(body)!;
    const list = this.#listOf(actionsOf)?.actions;
    if (!list) throw new Error(`the actions of decision ${actionsOf} are not in the log any more`);
    return JSON.stringify({ ...record, actions: (record.actions as number[]).map((place) => list[place]) });
  }

  /** Null when there is no such decision. */
  #listOf(id: string): List | null {
    if (this.#list?.id === id) return this.#list;
    const [row] = this.#sql.exec<StoredRecord>(
      "SELECT body, actions_of AS actionsOf FROM log WHERE kind = 'decision' AND id = ?",
      id,
    );
    // It may come.
    if (!row) return null;
    const record = parsed(row.body);
    const actions = row.actionsOf === null && Array.isArray(record?.actions) ? record.actions : null;
    this.#list = { id, actions, model: record?.model, unit: record?.unit };
    return this.#list;
  }
}

/** Of the id of a further slot that of the first; null of other ids. A page's `<session>.<n>` looks alike, and its session is no decision. */
const firstOf = (id: string): string | null => /^(.+)\.[1-9]\d?$/s.exec(id)?.[1] ?? null;

function parsed(body: string): Parsed | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Parsed) : null;
  } catch {
    return null;
  }
}
