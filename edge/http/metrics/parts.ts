import { version } from "../../../package.json";
import type { Heard } from "../../intake/parts.ts";
import {
  BUILD_INFO,
  DISK_FREE,
  DISK_SIZE,
  EFFECTS_WAITING,
  FRONT_CONNECTIONS,
  FRONT_INSIDE,
  FRONT_SENT_AWAY,
  FRONT_WAITING,
  INVARIANTS_BROKEN,
  PART_START,
  PART_STORAGE,
  PART_UP,
  WORKERD_RESTARTS,
} from "../../observe/families.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";
import type { RegistryStatistics } from "../../registry/messages.ts";
import type { StateDisk } from "../../storage/state-disk.ts";

/** What every object says of itself. */
type OfObject = { startedAt: number; storageBytes: number; broken?: number };

/** @param objects those of the parts that are objects. */
export function writeParts(text: PrometheusText, parts: Heard<unknown>[], objects: Heard<OfObject>[]): void {
  text.family(BUILD_INFO, [[[version], 1]]);
  text.family(
    PART_UP,
    [...parts, ...objects].map(({ part, problem }) => [[part], problem === null ? 1 : 0]),
  );
  text.family(
    PART_START,
    objects.map(({ part, value }) => [[part], value && value.startedAt / 1000]),
  );
  text.family(
    PART_STORAGE,
    objects.map(({ part, value }) => [[part], value?.storageBytes ?? null]),
  );
  text.family(
    INVARIANTS_BROKEN,
    objects.flatMap(({ part, value }) => (value?.broken === undefined ? [] : [[[part], value.broken] as const])),
  );
}

export const writeRegistry = (text: PrometheusText, statistics: RegistryStatistics | null): void =>
  text.family(
    EFFECTS_WAITING,
    Object.entries(statistics?.effects ?? {}).map(([kind, n]) => [[kind], n]),
  );

/** @param disk null on the platform. */
export function writeMachine(text: PrometheusText, disk: StateDisk | null): void {
  text.family(DISK_FREE, disk ? [[[], disk.freeBytes]] : []);
  text.family(DISK_SIZE, disk ? [[[], disk.totalBytes]] : []);
  text.family(WORKERD_RESTARTS, disk ? [[[], disk.restarts]] : []);
  const front = disk?.front;
  text.family(FRONT_SENT_AWAY, front ? [[[], front.sentAway]] : []);
  text.family(FRONT_WAITING, front ? [[[], front.waiting]] : []);
  text.family(FRONT_INSIDE, front ? [[[], front.inside]] : []);
  text.family(FRONT_CONNECTIONS, front ? [[[], front.connections]] : []);
}
