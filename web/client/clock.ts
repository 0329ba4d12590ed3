/** A page's clock: it goes on evenly from where the system's stood when the page began, whoever sets that right meanwhile. So spans in it are true. */
const origin = Date.now() - performance.now();

/** ms since the epoch, whole. */
export const now = (): number => Math.round(origin + performance.now());
