/** From this share on it is the file that is wrong, and what is left of it is no sample of it. */
export const SHARE = 0.01;
/** So few are named, and show nothing of the file. */
const FEW = 2;

/** Whether so many of all are left out that what is left must not be taken for the file. */
export const isTooMany = (left: number, all: number): boolean => left > FEW && left > SHARE * all;
