/** Where a policy itself has no better floor, no example counts more than so many times what one of a uniform choice does. */
const MOST = 100;

/** What a propensity counts as at least, among `count` actions of a policy of which nothing else is known. */
export const leastCounted = (count: number): number => 1 / (MOST * count);
