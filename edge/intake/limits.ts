import { MAX_CALL_FEATURES } from "../../shared/contract/limits.ts";
import { MAX_RPC_BYTES } from "../storage/platform-limits.ts";

/** Bounds of what comes in, beside the reasons for them. What callers may send is bounded in shared/contract/limits.ts. */

/** Deepest nesting of JSON. The schemas need 6 levels; more than this would only exhaust the stack of whoever walks it. */
export const MAX_JSON_DEPTH = 32;
/** Longest list of any call or record: a vector of 1,024 numbers; 1,000 actions or events, 500 items of a batch. */
export const MAX_LIST_LENGTH = 1024;
/** Most places named in one problem document: enough to mend a caller, too little to amplify a bad body. */
export const MAX_PROBLEM_ERRORS = 20;
/** Most characters of the records that one call with places makes; at two bytes each they are one call to a Durable Object, with room for the rest. */
export const MAX_CALL_CHARACTERS = MAX_RPC_BYTES / 2 - 1024 * 1024;
/** How long the Worker goes on with the secrets of sessions that it has before it asks for newer ones, ms; those are made a day before their use. */
export const SECRETS_AGE = 3_600_000;
/** How old the Worker's copy of directory and snapshots may be before a request makes it look for newer ones, ms. Trainers write theirs about once a second. */
export const REFRESH_INTERVAL = 500;
/** How long the Worker goes on with what it has after it could not look for what is newer, ms. */
export const FAILED_REFRESH_PAUSE = 2000;
/** From what age on a request waits for the look, ms: an isolate that slept may know of a version that was rolled back long ago. */
export const OLD_COPY = 10_000;
/** How long it waits for that at most, ms. */
export const OLD_COPY_WAIT = 50;
/** How long the graph of a version that no longer serves is kept for decisions under way, ms. */
export const GRAPH_GRACE = 10_000;
/** Most bytes of snapshots of before that an isolate keeps to check decisions by: it has 128 MB, with what serves and ONNX Runtime in them. */
export const PAST_SNAPSHOT_BYTES = 24 * 1024 * 1024;
/** Most characters of lists of actions that an isolate knows by their hashes, at one or two bytes each: the lists of some hundred pages with 50 actions. */
export const KNOWN_LIST_CHARACTERS = 4 * 1024 * 1024;
/** Most versions that no longer serve and are kept to check decisions by: of each its newest snapshot, and its graph. */
export const PAST_VERSIONS = 4;
/** Most directories of before that are kept to check assignments by: a kilobyte for every few versions. */
export const PAST_DIRECTORIES = 32;
/** Most versions, directories and snapshots that one batch makes the Worker ask objects for. A page that was online names two or three. */
export const CLAIM_LOOKUPS = 16;
/** Most snapshots that one batch makes the Worker read: each is one or two artifacts of up to megabytes. What is left comes again. */
export const CLAIM_READS = 8;
/** Most rows that one batch makes graphs run on: some 20 to 50 ms of a small one. What is left comes again. */
export const CLAIM_GRAPH_ROWS = 20_000;
/** Most features that the scores of one batch's decisions look at together: as many as those of one call. What is left comes again. */
export const BATCH_FEATURES = MAX_CALL_FEATURES;
/** Most characters of texts that the slots of one call look at together, each at all that are left, without short ones: half a second at most. */
export const SLOT_TEXT = 2 ** 21;
/** After so many actions that were scored again others have their turn: some 2 ms. */
export const CLAIM_YIELD_ACTIONS = 1000;
/**
 * Share of the decisions with a graph whose outputs are computed again; which ones, is drawn anew each time, so that nobody can know. Of what is not
 * drawn an invented output is believed. A small graph costs about what the schema of the same record does, or less (bench/claims.ts): so it is all of them.
 */
export const GRAPH_CHECK_SHARE = 1;
/** How long a batch waits for a graph that the isolate has to load first, ms, and how often it looks. */
export const GRAPH_WAIT = { most: 3000, look: 20 };
/** How long an object or the store may take to say what a claim is checked by, ms, and how long one batch waits for all such answers: pages wait 30 s. */
export const CLAIM_WAIT = { answer: 5000, batch: 10_000 };
/** After how many seconds what one batch had no room for, or the edge could not look up, is to be sent again. */
export const CLAIM_RETRY = { room: 1, trouble: 5 };
/** How long a trainer may take to say how far it is, ms: a list of versions is not held up by one. */
export const STATUS_WAIT = 2000;
/** How long a request waits for newer keys when the isolate has slept, ms: longer than for a directory, since a key may have been revoked meanwhile. */
export const KEYS_WAIT = 1000;
/** How often in a second keys that an isolate does not know make it look into the store: whoever gets a new key sends one, whoever tries keys out many. */
export const UNKNOWN_KEY_LOOKS = 10;
/** The same of models that an isolate does not know: whoever decides by a new one sends one, whoever makes them up many. */
export const UNKNOWN_MODEL_LOOKS = 10;
/** How many unknown ids of keys an isolate remembers, so that they cause no further look; some 50 bytes each. */
export const MAX_UNKNOWN_IDS = 10_000;
/** Fewest characters of ROOT_KEY: it is all that stands between a stranger and everything. */
export const MIN_ROOT_KEY = 32;
/** After about how long who met an outage may try again, s: an object is back in a second or two. */
export const OUTAGE_PAUSE = 3;
/** The same of who found no room left, s: that takes somebody who makes some. */
export const FULL_PAUSE = 30;
/** For how long what a part said last is taken for how it is, when it has no time to answer, ms. */
export const STALE_ANSWER = 10_000;
/** For how long a part whose last work failed counts as failing, ms: what nobody asks for is not known to work again. */
export const TROUBLE_MEMORY = 60_000;
/** Most questions to one part that are under way at once; others go by what it said last. */
export const MAX_ASKS = 8;
/** How long a look at the disk is good for, ms. */
export const DISK_LOOK_INTERVAL = 1000;
/** The same after a failure, ms: thousands of calls may fail at once. */
export const FAILED_DISK_LOOK_INTERVAL = 50;
/** How long a look at the disk is waited for, ms: it takes one or two. */
export const DISK_LOOK_WAIT = 1000;
/** How long /health waits for a part, ms: it answers in a tenth of a second when it has heard from it a moment ago. */
export const HEALTH_PATIENCE = { known: 50, unknown: 2000 };
/** The same while calls wait for the thread: what a part said a moment ago is how it is. */
export const PRESSED_HEALTH_PATIENCE = { known: 0, unknown: 2000 };
/** How long /metrics waits for a part, ms: Prometheus gives up after ten seconds. */
export const METRICS_PATIENCE = { known: 1000, unknown: 2000 };
/** Most calls of partitions for one page of a unit's records: each looks at a thousand rows. */
export const UNIT_CALLS = 20;
/** After about how long a unit may be erased when there was no room for another erasure, s: some are done every few seconds. */
export const ERASURES_FULL_RETRY = 30;
/** After about how long a page may come again to a channel that is full, s: others go meanwhile. */
export const CHANNEL_FULL_RETRY = 30;
/** Of a batch so many items of a kind and partition take its trace along: each is some lines of structured output. */
export const MAX_TRACED_ITEMS = 16;
/** How long a trainer has failed to do something before health says so, ms: what fails once is mostly done when it is tried again. */
export const FAILING_FOR = 10_000;
