/** Bounds of channels, beside the reasons for them. */

/** Most sockets of one channel: a Durable Object holds 32,768. More shards (CHANNELS) take more pages. */
export const MAX_SOCKETS = 32_000;
/** Of these one network has at most so many, as far as it is known: a company or a campus is within it, and one machine that opens them for fun does not shut out others. */
export const MAX_NETWORK_SOCKETS = 4000;
/** Least time between two notices of one version, ms; what comes between is one. Sending to all sockets takes an object tens of ms. */
export const COALESCING = 75;
/** How many sockets may ask for the manifest at once when the directory changes. */
export const UNSPREAD_SOCKETS = 100;
/** Beyond them the pages of a channel spread their questions, by so much a socket, ms: the edge answers about 1,000 a second. */
export const SPREAD_PER_SOCKET = 1;
/** The longest that any page waits before it asks, ms. */
export const MAX_SPREAD = 10_000;
/** And the longest before it comes again when its channel was lost, as all are when a Worker is deployed, ms. */
export const MAX_RECONNECT_SPREAD = 30_000;
/** How often sockets are held against the keys that are taken, while notices are sent, ms. */
export const KEYS_LOOK = 2000;
