/** Bounds of what is counted, beside the reasons for them. */

/** How often an isolate reports what it has counted, ms: it is lost when the isolate ends before. Each report is two rows written. */
export const REPORT_INTERVAL = 10_000;
/** After what time a report that has not come back is sent again, ms. */
export const REPORT_PATIENCE = 30_000;
/** Least time between two lines that say that reports fail, ms. */
export const REPORT_LINE_INTERVAL = 60_000;
/** How long /metrics waits for the report of its own isolate, ms. */
export const OWN_REPORT_WAIT = 500;
/** Most series that are added up over isolates; a model has two or three, a route five. All of them are one row of 2 MB at most. */
export const MAX_SERIES = 3000;
/** An isolate that has not reported for so long serves nobody, ms. */
export const SERVING_FOR = 60_000;
/** How long the number of an isolate's last report is kept, ms: longer than any report is under way. */
export const ISOLATE_KEPT = 3_600_000;
