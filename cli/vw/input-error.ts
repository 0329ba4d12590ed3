/** A line that cannot be read. */
export class InputError extends Error {}
