/** ln 2 in two parts: whole multiples of the first, up to 2,000, are exact. */
export const LN2_HIGH = 11629079 * 2 ** -24;
export const LN2_LOW = 5.7699990475432854e-8;
