import type { BackOff } from "../../shared/contract/back-off.ts";
import { MAX_BODY_BYTES } from "../../shared/contract/limits.ts";
import { MAX_ROW_BYTES, MAX_RPC_BYTES } from "../storage/platform-limits.ts";

/** Bounds of a partition, beside the reasons for them. */

/**
 * Calls that wait for their turn to append, and the characters of their records. Each isolate lets in 200, and there may be any number of isolates: a partition does some 700 appends a second, so
 * who is let in waits for a second and a half at most, and an object of 128 MB has their records, of two bytes a character, twice. `longest`: as of calls of an isolate.
 */
export const APPENDING = {
  calls: { high: 1000, low: 750 },
  bytes: { high: 16 * 1024 * 1024, low: 12 * 1024 * 1024 },
  longest: 120_000,
};
/** How long something may lie in the log before its readers hear of it, ms: lets a burst share one call. */
export const DELIVERY_DELAY = 50;
/** The same of decisions alone, ms: what is to be learned of them comes later, or is known to come when their wait is over. Telling costs as much as some appends. */
export const DECISIONS_DELAY = 250;
/** After how long a reader is told that was given a part of what there is and did not come for more, ms: longer than it takes to learn a part. */
export const READS_ON = 5000;
/** Pauses before a reader that could not be told is told again. */
export const RETRY: BackOff = { base: 100, cap: 30_000 };
/** How long an alarm waits for the readers that it told, ms: no alarm rings before the last one has returned. */
export const PUSH_WAIT = 100;

/** Most characters of records in one slice or page, about; at up to three bytes each, and with one long record more, it is one call. */
export const PULL_BYTES = MAX_RPC_BYTES / 8;
/** Most rows looked at for one slice or page, of whatever model, so that other calls of the partition get their turn: it takes 10 to 30 ms. */
export const LOOK_LIMIT = 1000;
/** What a row counts for there of which nothing is asked, as of another model: there are four cursors, and most pass most rows by. */
export const PASSED_BY = 1 / 4;
/** Rows are loaded in windows: the first is small, since most slices are; each is twice the one before, up to this. */
export const FIRST_WINDOW = 32;
export const LAST_WINDOW = 128;

/**
 * Most feedback of one decision. Whoever joins a decision reads all of it, again with what comes next: without a bound, what each costs would grow
 * with those before it.
 */
export const MAX_FEEDBACK = 100;

/** Of one dead letter at most so much is kept, in bytes of UTF-8: no item is longer as it was sent, so what was mended can be driven again. */
export const LETTER_BYTES = MAX_BODY_BYTES;
/** Most dead letters that are kept, and most bytes of them: who sends junk must not fill the 10 GB of an object. */
export const LETTERS = 5000;
export const LETTERS_BYTES = 16 * 1024 * 1024;
/** Most reasons by which letters are counted that were taken away. */
export const LETTER_REASONS = 200;

/** Longest record, in bytes of UTF-8: a record is not all of its row. */
export const MAX_RECORD_BYTES = MAX_ROW_BYTES - 100_000;

/**
 * How many of an issued session's decisions may be missing up to one that enters the log: so many, and this share of its number. A page loses hardly any (docs/security.md
 * says what comes of it): what its storage refuses, what is refused here, and what is on its way in another order.
 */
export const DRAW_GAPS = 16;
export const DRAW_GAPS_SHARE = 1 / 4;
/** Of so many sessions a partition remembers what they have drawn; of others it reads that in the log. */
export const KNOWN_SESSIONS = 10_000;
/** How long what leaves gaps is told to come again, after some that were told so are missing, ms; and after how many seconds it is to. */
export const DRAW_PATIENCE = 10 * 60_000;
export const DRAW_RETRY = 2;

/** Most characters of texts of the catalogue that a partition remembers: the actions of some hundred lists of 30 films each, and of more it finds again what is used. */
export const CATALOGUE_KNOWN = 4 * 1024 * 1024;
/** Most characters of texts that came once: one that does not come again before so much else has come is not worth its block. */
export const CATALOGUE_SEEN = 1024 * 1024;
/** For how many rows a block of the catalogue is for at a time: one write in so many, and so long it is kept when it is used no more. */
export const CATALOGUE_RENEWAL = 10_000;
/** Of so many blocks it is looked at in one turn whether a row refers to them. */
export const CATALOGUE_COLLECT = 500;

/** After how many seconds what belongs to a session comes again when the partition does not answer that may have had it before a split. */
export const SPLIT_RETRY = 3;

/** Most rows that are looked at in one turn for units that are to be erased: 10 to 30 ms. After each turn others have as long for theirs. */
export const ERASE_STEP = 1000;
/** The same of dead letters. */
export const LETTER_STEP = 200;
/** The same of what strangers have put into them (storage/names-in.ts says what costs how much). */
export const LETTER_LOOK = 1024 * 1024;
/** Most characters of dead letters that are looked at for one page of a unit's records, but for the last one's. */
export const LETTER_CHARACTERS = 512 * 1024;
/** Least time between two passes that take out what is past its retention, ms: so much longer it may be there, and so often a file is written anew of which only some is past. */
export const EXPIRE_INTERVAL = 6 * 3_600_000;
/** Of how many of these one turn forgets. */
export const FORGET_STEP = 500;
/** Longest pause after such a turn, ms. */
export const MAX_UPKEEP_PAUSE = 250;

/** Most decisions that traces are followed of, and most traces of one: its own, that of its feedback, and of another try of either. Some 300 bytes each. */
export const MAX_TRACED = 1000;
export const MAX_TRACES = 4;

/** Totals are written after so many counts, or so long after the first of them, ms. What was not written is counted in the log again, when the object starts. */
export const TOTALS_COUNT = 1000;
export const TOTALS_WAIT = 10_000;

/**
 * A segment of the archive: at most about so many characters of records as they came, and so many rows. Writing one and reading it back take some 100 ms, in which other
 * calls wait; whoever looks for one decision reads it whole.
 */
export const SEGMENT_CHARACTERS = 2 * 1024 * 1024;
export const SEGMENT_ROWS = 5000;
/** Under pressure segments are smaller rather than later, but not smaller than so many characters: each is an object in the store, and a run of ids. */
export const LEAST_SEGMENT_CHARACTERS = 128 * 1024;
/** Above this share of what a partition may hold, rows go into the archive that may still be joined, oldest first. */
export const ARCHIVE_ABOVE = 1 / 2;
/** Least time between two looks for rows that are old enough to be archived, ms. */
export const ARCHIVE_LOOK = 60_000;
/** What a partition holds is measured after so many characters of records. */
export const MEASURE_CHARACTERS = 64 * 1024;
/** Pauses before the archive is tried again that failed. */
export const ARCHIVE_RETRY: BackOff = { base: 500, cap: 60_000 };
/**
 * How long after it was sent a file may still come into the store of which nobody was told that it did, ms: so long its name is remembered, and it is removed again. A call of the store that was
 * given up, or whose object died, ends within seconds.
 */
export const UPLOAD_DELAY = 60_000;
/** Segments of one part of the manifest, some 300 bytes each, and the least time between two writes of one, ms: R2 takes one a second to one key. */
export const MANIFEST_SEGMENTS = 200;
export const MANIFEST_INTERVAL = 1100;
/** So many segments one batch has read at most, a few tenths of a second: what it has for decisions in others is to come again, after so many seconds. */
export const SEGMENTS_OF_A_BATCH = 4;
export const SEGMENTS_RETRY = 1;
/** After how many seconds what is for decisions in the archive comes again while the store does not answer: pages send nothing else meanwhile. */
export const ARCHIVE_AWAY_RETRY = 10;
/** How often it is looked whether a lost file of the archive is back, ms. */
export const LOST_LOOK = 60_000;
/** Of so many segments that were read last a partition keeps the rows, some MB each: feedback of one time is for decisions of one time. */
export const SEGMENTS_KNOWN = 2;
/** Of so many ids a partition remembers that it has all rows of them. */
export const COMPLETE_KNOWN = 50_000;
/** A reader of the archive keeps what it has read so long for who goes on reading, ms. */
export const READER_IDLE = 10 * 60_000;
