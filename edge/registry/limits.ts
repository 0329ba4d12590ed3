import { SESSION_MEMORY } from "../../shared/contract/limits.ts";
import { DAY } from "./messages.ts";

/** Bounds of the registry, beside the reasons for them. */

/** How long a trainer or a channel may take to answer, ms: it may have to read its state first. What takes longer is tried again. */
export const ANSWER_LIMIT = 10_000;
/** How long whoever changes something waits for what follows from it, ms. It is done in any case. */
export const SETTLING_LIMIT = 5000;
/** Pause before an effect that failed is tried again, ms; it doubles with every failure. The store takes one write of a key a second. */
export const RETRY_DELAY = 1100;
/** Longest such pause, ms. */
export const MAX_RETRY_DELAY = 30_000;
/** How often a trainer is asked whether it has caught up, ms: somebody waits for it. */
export const PROMOTION_POLL = 250;
/** How long a trainer that could not be asked is left alone, ms. */
export const FAILED_POLL_PAUSE = 5000;
/** How long a secret signs sessions, ms: whoever gets hold of one can make up sessions until none of its are taken any more. */
export const SECRET_PERIOD = 90 * DAY;
/** How long before its first use a secret is made, ms. Isolates ask for secrets more often than that. */
export const SECRET_AHEAD = DAY;
/** As long as the hash that it is for: more adds nothing (RFC 2104, section 3). */
export const SECRET_BYTES = 32;
/** Most entries of a model's history that are told, the newest. */
export const HISTORY_LENGTH = 200;
/** Most keys that are taken at the same time; each isolate has all of them in memory, some 300 bytes each. */
export const MAX_KEYS = 1000;
/** Most exclusions of a model that hold at the same time: each is compared with every decision that is learned. */
export const MAX_EXCLUSIONS = 200;
/** Most sessions and units that they name together. */
export const MAX_EXCLUDED = 10_000;
/** Most bytes of them as JSON: a trainer has them in one row of at most 2 MB. */
export const MAX_EXCLUSION_BYTES = 1_800_000;

/** Within so long of its erasure nothing of a unit is left in logs, dead letters and what versions have learned, ms. What takes longer is said to operators. */
export const ERASURE_PERIOD = DAY;
/** How often partitions and trainers are asked how far they are with it, ms. */
export const ERASURE_POLL = 1000;
/** Most units that are to be erased at the same time: the registry looks through them. */
export const MAX_ERASURES = 20_000;
/** Most units in one call of a partition: with the longest names some 3 MB. */
export const ERASURE_BATCH = 5000;
/** Most erasures that are told, the newest. */
export const ERASURE_LIST = 1000;
/** How long an erasure that is done is told of, ms: as long as partitions remember it. */
export const ERASURE_MEMORY = SESSION_MEMORY;
/** How long a model waits with learning again until other units that are to be erased are, too, ms. */
export const RELEARN_GATHER = 60_000;
/** Most of the time in which a model's versions learn their logs again because units were erased. */
export const RELEARN_SHARE = 1 / 10;
