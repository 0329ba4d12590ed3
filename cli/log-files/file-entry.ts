import type { LogEntry } from "../../shared/evaluation/log-entry.ts";
import type { Example } from "../vw/example.ts";

/** A decision of a log that is a file. Only valid until the next one is read: its parts are used again. */
export type FileEntry = LogEntry & {
  /** What the log calls the decision; null: it does not tell decisions apart. */
  id: string | null;
  /** Features as VW reads them: those that all actions share, and those of each action (the first `count`). */
  shared: Example | null;
  actions: readonly Example[];
};
