import type { Edit } from "./platform/hooks.ts";

const limit = (file: string, name: string, is: string, scaled: number): Edit => ({
  file,
  find: `${name} = ${is};`,
  replace: `${name} = ${scaled};`,
});
const ofLog = (name: string, is: string, scaled: number): Edit => limit("edge/log/limits.ts", name, is, scaled);

/**
 * Limits of the product that a simulated world would never come to, since some dozens of records are all that it has: smaller here, so that a log has many files, a pass many steps, and
 * what is read many stretches. What follows from them is the product's own.
 */
export const SCALED: readonly Edit[] = [
  ofLog("SEGMENT_ROWS", "5000", 6),
  ofLog("LEAST_SEGMENT_CHARACTERS", "128 * 1024", 1500),
  ofLog("MEASURE_CHARACTERS", "64 * 1024", 500),
  // So the setting of a seed says whether a partition is pressed from the beginning.
  ofLog("ARCHIVE_ABOVE", "1 / 2", 1e-4),
  ofLog("ERASE_STEP", "1000", 5),
  ofLog("LETTER_STEP", "200", 2),
  ofLog("READER_IDLE", "10 * 60_000", 20_000),
  limit("edge/log/archive-reader.ts", "DROP_ROWS", "2000", 8),
  limit("edge/log/archived-ids.ts", "FAN", "16", 3),
  limit("edge/storage/scrub.ts", "ROW_BYTES", "1_000_000", 4000),
  limit("edge/storage/scrub.ts", "LOG_BYTES", "12_000_000", 16_000),
  limit("edge/registry/limits.ts", "RELEARN_GATHER", "60_000", 2000),
];

/** What PARTITION_MEGABYTES is where rows go into the archive as soon as there are enough of them, and where none do before they are old. */
export const PRESSED_MEGABYTES = "1000";
export const ROOMY_MEGABYTES = "8000";
