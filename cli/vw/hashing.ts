import { hashFeature } from "../../shared/features/hash.ts";
import { murmur3, murmur3Bytes } from "../../shared/math/murmur3.ts";
import { hashBytes } from "./hash-bytes.ts";

/** How names become numbers. */
export type Hashing = {
  /** VW's `--hash_seed`. */
  seed: number;
  /** Whether digits alone are hashed, too (`--hash all`): else they are an offset. */
  all: boolean;
};

/** VW's default. */
export const STRINGS: Hashing = { seed: 0, all: false };

export const hashOf = ({ all }: Hashing, name: string, seed: number): number =>
  all ? murmur3(name, seed) : hashFeature(name, seed);

export const hashOfBytes = ({ all }: Hashing, bytes: Uint8Array, start: number, end: number, seed: number): number =>
  all ? murmur3Bytes(bytes, start, end, seed) : hashBytes(bytes, start, end, seed);

/** Of the namespace that has no name. */
export const defaultNamespace = ({ seed }: Hashing): number => (seed === 0 ? 0 : murmur3("", seed));
