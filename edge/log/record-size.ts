import { MAX_RECORD_BYTES } from "./limits.ts";

const utf8 = new TextEncoder();

/** Whether a record, as JSON, is longer than a row of the log may be. */
export const isTooLong = (record: string): boolean =>
  // A UTF-16 unit takes at most three bytes of UTF-8.
  record.length * 3 > MAX_RECORD_BYTES && utf8.encode(record).length > MAX_RECORD_BYTES;
