/** How many features an action has: what all have in common of them, all but interactions, and all. */
export type FeatureCounts = { common: number; singles: number; all: number };
