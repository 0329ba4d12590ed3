import type { PartitionStatistics } from "../../log/messages.ts";
import {
  ACTIVATIONS,
  ARCHIVE_BYTES,
  ARCHIVE_FAILURES,
  ARCHIVE_LOST,
  ARCHIVE_OLDEST_LIVE,
  ARCHIVE_ROWS,
  ARCHIVE_SEGMENTS,
  DEAD_LETTERS,
  DECISIONS,
  DUPLICATES,
  ERASED,
  ERASING,
  EXPIRED_ROWS,
  type Family,
  FEEDBACK,
  LOG_ROWS,
} from "../../observe/families.ts";
import type { PrometheusText } from "../../observe/prometheus.ts";

export type NamedPartition = { name: string; statistics: PartitionStatistics };

export function writeLog(text: PrometheusText, partitions: NamedPartition[]): void {
  const family = (
    of: Family<readonly ["partition"], "counter" | "gauge">,
    value: (statistics: PartitionStatistics) => number,
  ) =>
    text.family(
      of,
      partitions.map(({ name, statistics }) => [[name], value(statistics)]),
    );
  family(DECISIONS, (s) => s.decisions);
  family(FEEDBACK, (s) => s.feedback);
  family(ACTIVATIONS, (s) => s.activations);
  family(DUPLICATES, (s) => s.duplicates);
  family(DEAD_LETTERS, (s) => s.deadLetters);
  family(ERASED, (s) => s.erased);
  family(ERASING, (s) => s.erasing);
  family(EXPIRED_ROWS, (s) => s.expired);
  family(LOG_ROWS, (s) => s.newest);
  family(ARCHIVE_SEGMENTS, ({ archive }) => archive.segments);
  family(ARCHIVE_BYTES, ({ archive }) => archive.bytes);
  family(ARCHIVE_LOST, ({ archive }) => archive.lost.files);
  family(ARCHIVE_ROWS, ({ archive }) => archive.rows);
  family(ARCHIVE_FAILURES, ({ archive }) => archive.failures);
  family(ARCHIVE_OLDEST_LIVE, ({ archive }) => (archive.oldestLiveAt ?? 0) / 1000);
}
