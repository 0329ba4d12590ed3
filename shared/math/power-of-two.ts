const LOWEST = -1074;
const POWERS = new Float64Array(1023 - LOWEST + 1);
POWERS[-LOWEST] = 1;
for (let n = 1; n <= 1023; n++) POWERS[n - LOWEST] = POWERS[n - 1 - LOWEST]! * 2;
for (let n = -1; n >= LOWEST; n--) POWERS[n - LOWEST] = POWERS[n + 1 - LOWEST]! / 2;

/** 2^n for whole n from -1074 to 1023: exact (`**` need not be the same on every engine). */
export const powerOfTwo = (n: number): number => POWERS[n - LOWEST]!;
