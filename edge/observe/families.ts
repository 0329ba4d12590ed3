/**
 * All metrics that /metrics serves, with names and units as Prometheus has them: https://prometheus.io/docs/practices/naming/. docs/runbook.md says what
 * each is for, and a test compares the two.
 */

export type FamilyType = "counter" | "gauge" | "histogram";

/** A family of samples with these labels. `bounds`: of a histogram. */
export type Family<L extends readonly string[] = readonly string[], T extends FamilyType = FamilyType> = {
  readonly name: string;
  readonly type: T;
  readonly help: string;
  readonly labels: L;
  readonly bounds: readonly number[];
};

/** One value for each label of a family. */
export type LabelValues<L extends readonly string[]> = { readonly [K in keyof L]: string | number };

const family =
  <T extends FamilyType>(type: T) =>
  <const L extends readonly string[]>(
    name: string,
    labels: L,
    help: string,
    bounds: readonly number[] = [],
  ): Family<L, T> => ({ name, type, help, labels, bounds });
const counter = family("counter");
const gauge = family("gauge");
const histogram = family("histogram");

/** Seconds, of what is computed in memory: an example that is learned, a decision that is scored. */
const COMPUTING = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
/** Seconds, of what somebody waits for: from a scoring alone to a request that its caller has given up. */
const ANSWERING = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
/** Seconds, of what nobody waits for, but should come soon: a publication is a second after its feedback, and minutes when somebody has to look. */
const FOLLOWING = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];

export const BUILD_INFO = gauge("edgewise_build_info", ["version"], "1: the release that answers.");
export const PART_UP = gauge(
  "edgewise_part_up",
  ["part"],
  "1 when a part of the edge answers and works; what one that is 0 would say may be missing. /health says what is wrong.",
);
export const PART_START = gauge(
  "edgewise_part_start_time_seconds",
  ["part"],
  "When an object started, since the Unix epoch: a restart is a change of it.",
);
export const PART_STORAGE = gauge("edgewise_part_storage_bytes", ["part"], "Size of an object's database.");
export const INVARIANTS_BROKEN = counter(
  "edgewise_invariants_broken_total",
  ["part"],
  "How often what must hold of what an object commits did not, and was not committed.",
);
export const SERIES_LEFT_OUT = gauge(
  "edgewise_metrics_series_left_out",
  [],
  "Series that were not counted or are not served because there are too many.",
);

// What isolates count, added up over all of them.
export const REQUESTS = counter("edgewise_requests_total", ["method", "route", "status"], "Requests answered.");
export const REQUEST_DURATION = histogram(
  "edgewise_request_duration_seconds",
  ["method", "route"],
  "From a request's arrival to its answer.",
  ANSWERING,
);
export const SCORE_DURATION = histogram(
  "edgewise_score_duration_seconds",
  ["model"],
  "Time to decide at the edge: features, graph, head and policy.",
  COMPUTING,
);
export const ACKNOWLEDGE_DURATION = histogram(
  "edgewise_acknowledge_duration_seconds",
  ["partition"],
  "From a call to a partition until what it appended is durable, as the caller sees it.",
  ANSWERING,
);
export const ITEMS = counter(
  "edgewise_items_total",
  ["list", "outcome"],
  "Items of batches by what became of them; quarantined is a claim that does not agree.",
);
export const REFUSED = counter(
  "edgewise_refused_total",
  ["reason"],
  "Calls that were sent away before any work: an isolate or a part of the edge is full, or somebody sends too much.",
);

// What this isolate has in hand.
export const CALLS_IN_PROGRESS = gauge(
  "edgewise_calls_in_progress",
  ["stage"],
  "Calls whose body is on its way, and that are worked on, in the isolate that answers.",
);
export const CALL_BYTES_IN_PROGRESS = gauge("edgewise_call_bytes_in_progress", ["stage"], "Bytes of their bodies.");

// What isolates serve.
export const ISOLATES = gauge("edgewise_isolates", [], "Isolates that reported in the last minute.");
export const ISOLATES_SERVING = gauge(
  "edgewise_isolates_serving",
  ["model", "version", "directory"],
  "Of these, how many have loaded a version, and by which directory they go.",
);
export const SERVED_SNAPSHOT_OLDEST = gauge(
  "edgewise_served_snapshot_oldest",
  ["model", "version"],
  "Number of the oldest snapshot of a version that one of them decides with.",
);
export const SERVED_SNAPSHOT_NEWEST = gauge(
  "edgewise_served_snapshot_newest",
  ["model", "version"],
  "Number of the newest one.",
);

// Of the log's partitions.
export const DECISIONS = counter("edgewise_decisions_total", ["partition"], "Decisions in the log.");
export const FEEDBACK = counter("edgewise_feedback_total", ["partition"], "Feedback in the log.");
export const ACTIVATIONS = counter("edgewise_activations_total", ["partition"], "Activations in the log.");
export const DUPLICATES = counter(
  "edgewise_duplicates_total",
  ["partition"],
  "Repeats of what was in the log already.",
);
export const DEAD_LETTERS = counter("edgewise_dead_letters_total", ["partition"], "Items that could not be used.");
export const ERASED = counter(
  "edgewise_erased_total",
  ["partition"],
  "Items of units that were erased before they came, or whose retention was over, and that were not taken.",
);
export const ERASING = gauge("edgewise_erasing_units", ["partition"], "Units whose rows are still to be erased.");
export const EXPIRED_ROWS = counter(
  "edgewise_expired_rows_total",
  ["partition"],
  "Rows that are gone since their retention was over.",
);
export const LOG_ROWS = gauge("edgewise_log_rows", ["partition"], "Offset of the newest row of the log.");
export const ARCHIVE_SEGMENTS = gauge("edgewise_archive_segments", ["partition"], "Files of the archive.");
export const ARCHIVE_BYTES = gauge("edgewise_archive_bytes", ["partition"], "Bytes of these files.");
export const ARCHIVE_ROWS = gauge("edgewise_archive_rows", ["partition"], "Rows of the log that are in the archive.");
export const ARCHIVE_FAILURES = counter(
  "edgewise_archive_failures_total",
  ["partition"],
  "Tries to archive that failed since the object started.",
);
export const ARCHIVE_LOST = gauge(
  "edgewise_archive_lost_files",
  ["partition"],
  "Files of the archive that the store has not any more, or has otherwise than they were written, as far as somebody has looked.",
);
export const ARCHIVE_OLDEST_LIVE = gauge(
  "edgewise_archive_oldest_live_time_seconds",
  ["partition"],
  "When the oldest row was received that is not archived, since the Unix epoch; 0: there is none.",
);

// Of versions, by their trainers.
export const MODEL_INFO = gauge("edgewise_model_info", ["model", "version", "stage"], "1: which stage a version has.");
export const EXAMPLES = counter(
  "edgewise_model_examples_total",
  ["model", "version"],
  "Examples learned and committed.",
);
export const SNAPSHOT = gauge("edgewise_model_snapshot", ["model", "version"], "Number of the newest snapshot.");
export const PROGRESSIVE_LOSS = gauge(
  "edgewise_model_progressive_loss",
  ["model", "version"],
  "Mean loss of each example's prediction before it was learned.",
);
export const MEAN_FEEDBACK = gauge(
  "edgewise_model_mean_feedback",
  ["model", "version"],
  "Mean reward or label of the examples.",
);
export const UNLEARNED = counter(
  "edgewise_model_unlearned_total",
  ["model", "version"],
  "Examples that could not be learned.",
);
export const LATE_FEEDBACK = counter(
  "edgewise_late_feedback_total",
  ["model", "version"],
  "Feedback that came after its wait was over.",
);
export const MISSED_FEEDBACK = counter(
  "edgewise_missed_feedback_total",
  ["model", "version"],
  "Feedback that happened in time, and came when its decision had been learned without it.",
);
export const CLAMPED = counter(
  "edgewise_model_clamped_total",
  ["model", "version"],
  "Rewards outside the spec's range, learned as the nearer end of it.",
);
export const EXCLUDED = counter(
  "edgewise_model_excluded_total",
  ["model", "version"],
  "Examples that were passed over because they are excluded.",
);
export const BOUNDED = counter(
  "edgewise_model_bounded_total",
  ["model", "version", "of"],
  "Examples that were passed over because their hour had enough of their session, unit or network, or of all.",
);
export const DRIFT = counter(
  "edgewise_model_drift_total",
  ["model", "version", "of"],
  "Changes of what a version learns from: its loss, rewards or labels, scores, features.",
);
export const DRIFT_TIME = gauge(
  "edgewise_model_drift_time_seconds",
  ["model", "version", "of"],
  "When the last of them was received that showed one, since the Unix epoch; missing while there was none.",
);
export const CAUGHT_UP = gauge(
  "edgewise_model_caught_up",
  ["model", "version"],
  "1 when it has been at the end of every partition.",
);
export const SET_ASIDE = gauge(
  "edgewise_model_set_aside",
  ["model", "version"],
  "Examples that ended the trainer again and again, and are not tried any more.",
);
export const LAG_OFFSETS = gauge(
  "edgewise_model_lag_offsets",
  ["model", "version", "partition"],
  "How far behind the model's newest row of a partition the committed version is, in offsets.",
);
export const LAG_SECONDS = gauge(
  "edgewise_model_lag_seconds",
  ["model", "version", "partition"],
  "Of a version that is behind: how long ago the log was as far as it has come.",
);
export const JOIN_DURATION = histogram(
  "edgewise_join_duration_seconds",
  ["model", "version"],
  "From the newest feedback of an example until its version has it.",
  FOLLOWING,
);
export const LEARN_DURATION = histogram(
  "edgewise_learn_duration_seconds",
  ["model", "version"],
  "Time to learn an example, as the mean over its slice.",
  COMPUTING,
);
export const PUBLISH_DURATION = histogram(
  "edgewise_publish_duration_seconds",
  ["model", "version"],
  "Time to commit, write and register a publication.",
  ANSWERING,
);
export const FEEDBACK_TO_PUBLICATION = histogram(
  "edgewise_feedback_to_publication_seconds",
  ["model", "version"],
  "From when feedback was received until it is in a publication.",
  FOLLOWING,
);

// Of channels, which tell the pages, and of the registry.
export const SOCKETS = gauge("edgewise_channel_sockets", ["channel"], "Pages that a channel holds a socket of.");
export const NOTICE_DURATION = histogram(
  "edgewise_notice_duration_seconds",
  ["channel"],
  "From a publication until its notice is sent to the sockets of a channel.",
  FOLLOWING,
);
export const EFFECTS_WAITING = gauge(
  "edgewise_registry_effects_waiting",
  ["kind"],
  "What follows from changes in the registry and is not done yet.",
);

// Of a server on one machine.
export const DISK_FREE = gauge("edgewise_disk_free_bytes", [], "Room left on the disk that the state is on.");
export const DISK_SIZE = gauge("edgewise_disk_size_bytes", [], "Size of that disk.");
export const WORKERD_RESTARTS = counter(
  "edgewise_workerd_restarts_total",
  [],
  "How often the runtime ended by itself and was started again.",
);
export const FRONT_SENT_AWAY = counter(
  "edgewise_front_sent_away_total",
  [],
  "Calls that the front answered 503, because too many came.",
);
export const FRONT_WAITING = gauge("edgewise_front_calls_waiting", [], "Calls that stand in line in the front.");
export const FRONT_INSIDE = gauge("edgewise_front_calls_inside", [], "Calls that the front has handed to the runtime.");
export const FRONT_CONNECTIONS = gauge("edgewise_front_connections", [], "Connections to the front.");
