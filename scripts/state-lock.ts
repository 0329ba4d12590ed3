import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** SQLite's code for a lock that another process holds: https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;

/**
 * Takes a state folder for this process: two servers on one log would both be its only writer.
 *
 * The lock is SQLite's on a file, so the system lets go of it when the process ends, however it ends; a file with a
 * process id would outlive `kill -9`.
 * @param url Where this server can be reached: told to whoever comes second.
 * @throws Error when another server has it, with that server's URL and process id; or when the folder cannot be written, saying why.
 */
export function lockState(stateDir: string, url: string): void {
  requireWritable(stateDir);
  const database = new DatabaseSync(join(stateDir, "server.sqlite"));
  try {
    database.exec(
      "PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS server (pid INTEGER, url TEXT)",
    );
    database.exec("DELETE FROM server");
    database.prepare("INSERT INTO server VALUES (?, ?)").run(process.pid, url);
    database.exec("COMMIT; BEGIN IMMEDIATE");
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw notWritable(stateDir, error);
    const owner = readOwner(database);
    throw new Error(
      owner === undefined
        ? `The state in ${stateDir} is in use by another server. Stop that one first.`
        : `The state in ${stateDir} is in use by the server at ${owner.url} (process ${owner.pid}). Stop that one first.`,
      { cause: error },
    );
  }
  held.push(database);
}

/** Keeps the locks from being collected. */
const held: DatabaseSync[] = [];

/** Makes the folder, and a file in it, which is taken away again. */
function requireWritable(stateDir: string): void {
  const probe = join(stateDir, `.writable-${process.pid}`);
  try {
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(probe, "x");
  } catch (error) {
    throw notWritable(stateDir, error);
  } finally {
    rmSync(probe, { force: true });
  }
}

const reasons: Record<string, string> = {
  EROFS: "its file system is read-only",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOTDIR: "it is not a folder",
  EEXIST: "it is not a folder",
};

function notWritable(stateDir: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = reasons[code ?? ""] ?? message;
  return new Error(`The state folder ${stateDir} cannot be written: ${reason}.`, { cause: error });
}

function readOwner(database: DatabaseSync): { pid: number; url: string } | undefined {
  try {
    return database.prepare("SELECT pid, url FROM server").get() as { pid: number; url: string } | undefined;
  } catch {
    return undefined;
  }
}
