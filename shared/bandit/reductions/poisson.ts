import { exp } from "../../math/exp.ts";

/** No draw of 53 bits is beyond this. */
const MOST = 20;

/** P(X <= n) for X ~ Poisson(1), n = 0, 1, ... */
const CUMULATIVE = cumulative();

/** The Poisson(1) number that a uniform draw from [0, 1) stands for. */
export function poisson(uniform: number): number {
  let n = 0;
  while (n < MOST && uniform > CUMULATIVE[n]!) n++;
  return n;
}

function cumulative(): number[] {
  const sums: number[] = [];
  let term = exp(-1);
  let sum = 0;
  for (let n = 0; n < MOST; n++) {
    if (n > 0) term /= n;
    sum += term;
    sums.push(sum);
  }
  return sums;
}
