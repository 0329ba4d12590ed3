import type { ByteReader } from "./byte-reader.ts";
import type { ByteWriter } from "./byte-writer.ts";

/**
 * What keeps a part of a state. All states are read so: of several parts none is changed before all have been read, and so who cannot read a
 * state is as before.
 */
export interface StatePart {
  write(writer: ByteWriter): void;
  /**
   * Reads what `write` wrote.
   * @param format of the whole state, for parts that were once written otherwise.
   * @returns what makes it so; nothing is changed before that is called.
   * @throws Error saying what is wrong when it is not valid.
   */
  read(reader: ByteReader, format: number): () => void;
}

/** Reads parts in their order. @returns what makes them so, all of them. */
export function readParts(reader: ByteReader, format: number, parts: readonly StatePart[]): () => void {
  const applied = parts.map((part) => part.read(reader, format));
  return () => {
    for (const apply of applied) apply();
  };
}
