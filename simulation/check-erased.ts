import { decodeSegment } from "../edge/log/segment-file.ts";
import type { RegisteredErasure } from "../edge/registry/messages.ts";
import { keyedHash } from "../edge/storage/keyed-hash.ts";
import type { Parts } from "./parts.ts";
import type { SimulatedObject } from "./platform/objects.ts";

/**
 * Nothing is left of units that were erased, wherever something can be: on the disks of all objects, in all tables, and in all objects of the store. What was made after the erasure, by the clock of the
 * registry, is new and may be there.
 */
export async function checkErased({ world, platform, ledger }: Parts): Promise<void> {
  if (ledger.erased.size === 0) return;
  const before = erasuresOf(platform.namespaces.REGISTRY!.object("registry"));
  const found = new Map<string, { where: string; at: number | null }[]>();
  const look = (where: string, text: string, at: number | null): void => {
    for (const unit of ledger.erased)
      if (text.includes(unit)) found.set(unit, [...(found.get(unit) ?? []), { where, at: at ?? saidIn(text) }]);
  };
  for (const object of platform.objects)
    for (const { table, text, at } of rowsOf(object)) look(`${object.name}, table ${table}`, text, at);
  for (const [key, { bytes, customMetadata }] of platform.bucket.stored) {
    look(`the store, ${key}`, latin1(bytes) + JSON.stringify(customMetadata), null);
    if (!key.endsWith(".parquet")) continue;
    for (const row of await decodeSegment(new Uint8Array(bytes))) look(`the store, ${key}`, row.body ?? "", row.at);
  }
  for (const unit of ledger.erased) {
    const places = found.get(unit) ?? [];
    const erasedAt = before(unit);
    if (erasedAt === null) world.violated(`nobody knows that ${unit} was to be erased`);
    // What does not say when it was made is of what came since, if anything did.
    const isBack = places.some(({ at }) => at !== null && at >= erasedAt!);
    for (const { where, at } of places)
      if (at === null ? !isBack : at < erasedAt!) world.violated(`${unit} was erased, and is in ${where}`);
  }
  for (const line of world.lines) if (/unit-\d\d/.test(line)) world.violated(`a line of output names a unit: ${line}`);
}

/** When each unit was to be erased, as the registry has it. */
function erasuresOf(registry: SimulatedObject): (unit: string) => number | null {
  const { sql } = registry.disk;
  const [key] = sql.exec("SELECT key FROM erasure_key").toArray();
  if (!key) return () => null;
  const requests = sql.exec("SELECT hash, requested_at AS requestedAt FROM erasures").toArray() as unknown as (Pick<
    RegisteredErasure,
    "requestedAt"
  > & { hash: string })[];
  return (unit) => {
    const hash = keyedHash(new Uint8Array(key.key as ArrayBuffer), unit);
    const own = requests.filter((request) => request.hash === hash);
    return own.length === 0 ? null : Math.max(...own.map(({ requestedAt }) => requestedAt));
  };
}

/** When what a text tells of was made; null: it does not say. */
function saidIn(text: string): number | null {
  const at = [...text.matchAll(/"at":(\d+)/g)].map(([, digits]) => Number(digits));
  return at.length > 0 ? Math.max(...at) : null;
}

/** All rows of all tables, each as a text, with when what it has was made, where a column says so. */
function* rowsOf({ disk: { sql } }: SimulatedObject): Generator<{ table: string; text: string; at: number | null }> {
  for (const { name } of sql.exec("SELECT name FROM sqlite_master WHERE type = 'table'").toArray())
    for (const row of sql.exec(`SELECT * FROM "${name}"`).toArray()) {
      const text = Object.values(row)
        .map((value) => (value instanceof ArrayBuffer ? latin1(new Uint8Array(value)) : String(value)))
        .join(" ");
      yield { table: String(name), text, at: name === "log" ? Number(row.at) : null };
    }
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
