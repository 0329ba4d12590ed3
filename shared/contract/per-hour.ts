/**
 * Most examples that a version learns an hour, where its spec says nothing else (spec.perHour), of what strangers sent, who have a publishable key: of one
 * session, of one unit, of one network (an IPv4 /24, an IPv6 /48), and of all of them together, or GROWTH times those of the busiest hour before if that is more.
 *
 * A session has as much as no session of a real shop had in its whole visit (shared/data: eshop_clothing_2008, 24,026 sessions, at most 195 clicks), and as 98.6 % of
 * another's had (online_shoppers, 12,330). A unit has two sessions, a network twenty full ones; a site of fourteen examples a second has all of its hour.
 */
export const PER_HOUR = { session: 200, unit: 400, network: 4000, all: 50_000 };

/** By how much an hour may be busier than any before. */
export const GROWTH = 3;
