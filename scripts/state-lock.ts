import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Takes a state folder for this process: two servers on one log would both be its only writer.
 *
 * The lock is SQLite's on a file, so the system lets go of it when the process ends, however it ends; a file with a
 * process id would outlive `kill -9`.
 * @param url Where this server can be reached: told to whoever comes second.
 * @throws Error when another server has it, with that server's URL and process id.
 */
export function lockState(stateDir: string, url: string): void {
  mkdirSync(stateDir, { recursive: true });
  const database = new DatabaseSync(join(stateDir, "server.sqlite"));
  try {
    database.exec(
      "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS server (pid INTEGER, url TEXT)",
    );
    database.exec("DELETE FROM server");
    database.prepare("INSERT INTO server VALUES (?, ?)").run(process.pid, url);
    database.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    const owner = readOwner(database);
    if (owner === undefined) throw error;
    throw new Error(
      `The state in ${stateDir} is in use by the server at ${owner.url} (process ${owner.pid}). Stop that one first.`,
      { cause: error },
    );
  }
  held.push(database);
}

/** Keeps the locks from being collected. */
const held: DatabaseSync[] = [];

function readOwner(database: DatabaseSync): { pid: number; url: string } | undefined {
  try {
    return database.prepare("SELECT pid, url FROM server").get() as { pid: number; url: string } | undefined;
  } catch {
    return undefined;
  }
}
