/**
 * Format numbers of what is stored or sent (DESIGN, rule 11). What carries none is of format 1.
 *
 * Within a format fields may be added: readers keep what they do not know. What an older reader would misread raises the
 * number, and gets an upcaster here.
 */

/** Decision, feedback and activation records. 2: `format`, `deferred` and `assignment`; what was reserved in 1 is now said. */
export const RECORD_FORMAT = 2;
/** 2: operators that came later (spec.ts). A spec without them is still of format 1, and so the same version as before. */
export const SPEC_FORMAT = 2;
export const DIRECTORY_FORMAT = 1;
/** Manifests, and the notices of a channel. 2: bases and deltas, canaries. */
export const MANIFEST_FORMAT = 2;
/** Envelopes of POST /v1/batch. 2: activations. 3: lists of actions by their hashes. */
export const ENVELOPE_FORMAT = 3;
/** A trainer's publication, as its pointer in the store says it. */
export const PUBLICATION_FORMAT = 1;
/** What isolates know of the keys. */
export const KEYS_FORMAT = 1;
export const EXCLUSIONS_FORMAT = 1;

/** Something is of a format that this release does not read. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly format: unknown;

  constructor(what: string, format: unknown, newest: number) {
    super(`the ${what} is of format ${JSON.stringify(format)}, and this release reads up to ${newest}`);
    this.format = format;
  }
}

/** Whether it is of a newer format: it is not wrong then, and a newer release will read it. */
export const isNewer = ({ format }: FormatError): boolean => Number.isSafeInteger(format) && (format as number) > 0;

/**
 * The format of a value that may be anything: 1 where none is said.
 * @param newest the newest format that the caller reads.
 * @throws FormatError when it is newer, or no whole number from 1.
 * @example formatOf({ format: 2 }, "record", 2) // 2
 */
export function formatOf(value: unknown, what: string, newest: number): number {
  const { format = 1 } = Object(value) as { format?: number };
  if (!Number.isSafeInteger(format) || format < 1 || format > newest) throw new FormatError(what, format, newest);
  return format;
}
