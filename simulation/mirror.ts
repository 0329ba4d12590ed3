import { SENDERS } from "../edge/log/sender-sets.ts";
import { canonicalJson } from "../shared/contract/canonical.ts";
import type { LogRow } from "../shared/contract/log-page.ts";
import type { SimulatedObject } from "./platform/objects.ts";

/** A row of the log but for its record. */
type Kept = Omit<LogRow, "record">;
type Stored = Omit<Kept, "deferred" | "final" | "senders"> &
  Record<"deferred" | "final", number | null> & {
    senders: string | null;
  };

/** What partitions had logged when it became durable, row by row: what their logs are held to afterwards, wherever rows have gone since. */
export class Mirror {
  readonly #logs = new Map<string, Map<number, Kept>>();

  /** @param partition whose writes are watched from now on. */
  watch(name: string, partition: SimulatedObject): void {
    const rows = new Map<number, Kept>();
    this.#logs.set(name, rows);
    let last = 0;
    partition.confirmed = ({ sql }) => {
      const isMade = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'log'").toArray().length > 0;
      if (!isMade) return;
      for (const row of sql
        .exec(
          `SELECT offset, kind, id, claimed_at AS claimedAt, at, received_at AS receivedAt, model, value, final, deferred,
             ${SENDERS} AS senders FROM log
           WHERE offset > ? AND id <> char(0) ORDER BY offset`,
          last,
        )
        .toArray()) {
        const { senders, deferred, final, ...stored } = row as unknown as Stored;
        rows.set(stored.offset, {
          ...{ ...stored, deferred: deferred === 1, final: final === null ? null : final === 1 },
          ...(senders !== null && { senders }),
        });
        last = stored.offset;
      }
    };
  }

  of(partition: string): ReadonlyMap<number, Kept> {
    return this.#logs.get(partition)!;
  }
}

/** Whether a row is what was logged. */
export const isLogged = ({ record: _, ...row }: LogRow, logged: Kept | undefined): boolean =>
  logged !== undefined && canonicalJson(row) === canonicalJson(logged);
