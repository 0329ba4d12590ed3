import { version } from "../../../package.json";
import type { Heard } from "../../intake/parts.ts";
import { BUILD_INFO, DISK_FREE, DISK_SIZE, PART_UP } from "../../observe/families.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";
import type { StateDisk } from "../../storage/state-disk.ts";

export function writeParts(text: PrometheusText, parts: Heard<unknown>[]): void {
  text.family(BUILD_INFO, [[[version], 1]]);
  text.family(
    PART_UP,
    parts.map(({ part, problem }) => [[part], problem === null ? 1 : 0]),
  );
}

/** @param disk null on the platform. */
export function writeDisk(text: PrometheusText, disk: StateDisk | null): void {
  text.family(DISK_FREE, disk ? [[[], disk.freeBytes]] : []);
  text.family(DISK_SIZE, disk ? [[[], disk.totalBytes]] : []);
}
