import type { BackOff } from "../../shared/contract/back-off.ts";

import { MAX_ROW_BYTES } from "../storage/platform-limits.ts";

/** Bounds of training, beside the reasons for them. */

/** How long a partition waits for a trainer that has to ask it, ms: the trainer may have all of a log to learn first. */
export const ADVANCE_WAIT = 1000;
/** Pauses before something that failed is tried again. */
export const RETRY: BackOff = { base: 500, cap: 30_000 };
/** For how long an alarm waits for the work that it began, ms: an alarm's handler may take 15 minutes, and the work goes on without it. */
export const ALARM_WAIT = 60_000;
/** While there is work, an alarm is set so far ahead, ms: it goes on with what a crash interrupts. */
export const WORK_LEASE = 10_000;

/** Who has started so often without committing anything goes on an example at a time: a deploy or a crash is one start. */
export const CAREFUL_STARTS = 2;
/** So long after a start learning goes well, ms: an example at a time a trainer learns thousands in it, more than it may have lost. */
export const HEALTHY_AFTER = 10_000;
/** An example that was being learned when the object died so often is set aside: once may be somebody else's doing. */
export const DEATHS = 2;
/** Least time between two questions to the registry what to train, ms: partitions and the registry itself call a trainer often. */
export const ASK_INTERVAL = 1000;

/** Least time between two lines that say that an hour has enough of something, ms. */
export const BOUNDED_LINE_INTERVAL = 3_600_000;

/** Most features that have a line when many change at once; the others are counted in it. */
export const MAX_TOLD_FEATURES = 8;

/** Most examples of one slice; learning them takes tens of milliseconds, in which the object does nothing else. */
export const SLICE_LIMIT = 200;
/** The same of a version that serves nobody for lack of examples, or only some: others share its thread, and wait for no more than this. */
export const CATCH_UP_LIMIT = 50;
/** Longest pause between two slices of such a version, ms. It is as long as the work was, so that at most half of a thread is taken. */
export const MAX_CATCH_UP_PAUSE = 1000;
/** Least time between two looks at a partition for waits that are over, ms: under load there is always one, and nothing is published sooner. */
export const WAITS_INTERVAL = 250;

/** Least time between two publications, ms: each is a write to the store, and a message to every page. */
export const PUBLICATION_INTERVAL = 250;
/** Least time between two publications that change little, ms; and the longest for which what a log was read further lies uncommitted. */
export const PUBLICATION_DELAY = 1000;
/** By this part the examples grow before that is a reason to publish at once. */
export const PUBLICATION_GROWTH = 1 / 100;
/** Longest pause after a commit or publication, ms, however long that seemed to take: clocks may be put forward meanwhile. */
export const MAX_PUBLICATION_PAUSE = 60_000;
/** Commits and publications may take at most this part of the trainer's time, so that big models do not saturate it. */
export const PUBLICATION_SHARE = 1 / 10;
/** Snapshots of at most so many bytes are published whole: a request costs more than what a delta would save. */
export const WHOLE_BYTES = 16 * 1024;
/** A delta may be at most this part of its base: pages that have neither fetch both. */
export const DELTA_SHARE = 1 / 4;
/** A base is replaced at this age, ms: pages of before follow bases alone. */
export const BASE_AGE = 5 * 60_000;
/** Least time between two writes of a version's pointer, ms: R2 takes one a second to one key. */
export const POINTER_INTERVAL = 1100;
/** Largest step that a notice carries, bytes: it goes to every page, also to those that cannot use it. */
export const STEP_BYTES = 16 * 1024;
/**
 * Largest snapshot that is kept in memory, bytes of its numbers: two are, the last base and the newest, and publishing makes a third; an object
 * has 128 MB, most of them the learner's. Larger ones are published whole, without a step.
 */
export const KEPT_SNAPSHOT_MEMORY = 16 * 1024 * 1024;

/** Most publications that are forgotten at once; R2 deletes at most 1,000 objects in a call. */
export const PRUNE_LIMIT = 500;
/** Least time between two looks for publications that are too old, ms. */
export const PRUNE_INTERVAL = 10 * 60_000;

/** Most traces that wait for a publication: a trace is a sample. Some 100 bytes each. */
export const MAX_WAITING_TRACES = 1000;
/** Most traces that go along with the notice of a publication: each is a line of structured output in every channel. */
export const MAX_TOLD_TRACES = 16;

/** Most bytes of the state in a row. */
export const STATE_CHUNK = MAX_ROW_BYTES - 100_000;
/**
 * State and contributions of at most so many bytes together stand in the row of the checkpoint, which is written as a whole also when they have not changed: a row
 * that is written costs more than so many bytes.
 */
export const STATE_IN_CHECKPOINT = 256 * 1024;
/** Slices of the journal in a row, some 150 bytes each. The last of them stand in the row of the checkpoint, and are written with it every time. */
export const JOURNAL_BLOCK = 50;

/** Most reasons by which examples are counted that could not be learned: reasons may quote what was to be learned. */
export const UNLEARNED_REASONS = 50;
