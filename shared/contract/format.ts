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

/** A format that is none. */
export class InvalidFormatError extends Error {
  override readonly name = "InvalidFormatError";
}

/** Something is of a format that this release does not read. It is not wrong: a newer release will read it. */
export class UnreadFormatError extends Error {
  override readonly name = "UnreadFormatError";
  readonly format: number;

  constructor(what: string, format: number, newest: number) {
    super(`the ${what} is of format ${format}, and this release reads up to ${newest}`);
    this.format = format;
  }
}

/**
 * The format of a value that may be anything: 1 where none is said.
 * @param newest the newest format that the caller reads.
 * @throws UnreadFormatError when it is newer; InvalidFormatError when it is no whole number from 1.
 * @example formatOf({ format: 2 }, "record", 2) // 2
 */
export function formatOf(value: unknown, what: string, newest: number): number {
  const format =
    typeof value === "object" && value !== null && "format" in value && value.format !== undefined ? value.format : 1;
  if (typeof format !== "number" || !Number.isSafeInteger(format) || format < 1)
    throw new InvalidFormatError(
      `the format of the ${what} must be a whole number from 1, not ${JSON.stringify(format)}`,
    );
  if (format > newest) throw new UnreadFormatError(what, format, newest);
  return format;
}
