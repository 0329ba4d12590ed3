/** A line that cannot be read. */
export class InputError extends Error {}

/** Characters of a line that a message repeats: a line may be as long as its file, or no text at all. */
const LONGEST = 60;

/** What cannot be read, for a message. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
