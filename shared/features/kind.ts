/** Where the kind of a feature begins, three bits of its hash, by which it is joined with others in rank models with the learner `auto` (numeric.ts). */
export const KIND = 29;
