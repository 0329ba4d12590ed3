const MULTIPLIER = 0xeece66d5deece66dn;
const INCREMENT = 2147483647n;

/** VW's random numbers: uniform in [0, 1), 23 bits, from a linear congruential generator of 64 bits that starts at `seed`. */
export function merand48(seed: bigint): () => number {
  let state = seed;
  return () => {
    state = BigInt.asUintN(64, MULTIPLIER * state + INCREMENT);
    return Number((state >> 25n) & 0x7fffffn) / 2 ** 23;
  };
}
