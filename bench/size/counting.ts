import { wrappedBuild } from "./wrapped-build.ts";

/**
 * What the objects of a class wrote: rows as the platform bills them, with those of indexes, also by statement, and one for each alarm that was set; and bytes of
 * their databases.
 */
type Written = { rows: number; alarms: number; bytes: number; statements: Record<string, number> };

/** By class. */
export type Counts = Record<string, Written>;

export const COUNTS_PATH = "/bench/written";

/**
 * Copies a build, and has its Worker count what its objects write, and tell that under COUNTS_PATH. The code of the build stays as it is: the counting lies around
 * the platform's storage.
 */
export const countingBuild = (dist: string, copy: string): void => wrappedBuild(dist, copy, "counting", counting);

const CLASSES = ["Partition", "Trainer", "Channel", "Registry"];

const counting = (main: string): string => `
import worker, * as classes from "./${main}";

const written = Object.fromEntries(${JSON.stringify(CLASSES)}.map((name) => [name, { rows: 0, alarms: 0, bytes: new Map(), statements: {} }]));

function counted(name, Class) {
  return class extends Class {
    constructor(ctx, env) {
      const { storage } = ctx;
      const of = written[name];
      const { sql } = storage;
      const exec = sql.exec.bind(sql);
      sql.exec = (query, ...bindings) => {
        const cursor = exec(query, ...bindings);
        of.rows += cursor.rowsWritten;
        const statement = query.trim().replace(/\\s+/g, " ").slice(0, 60);
        if (cursor.rowsWritten > 0) of.statements[statement] = (of.statements[statement] ?? 0) + cursor.rowsWritten;
        of.bytes.set(ctx.id.toString(), sql.databaseSize);
        return cursor;
      };
      const setAlarm = storage.setAlarm.bind(storage);
      storage.setAlarm = (time) => {
        of.alarms++;
        return setAlarm(time);
      };
      if (ctx.storage.sql !== sql || ctx.storage !== storage) throw new Error("the storage that is counted is not the object's");
      super(ctx, env);
    }
  };
}

${CLASSES.map((name) => `export const ${name} = counted("${name}", classes.${name});`).join("\n")}
export * from "./${main}";
export default {
  ...worker,
  fetch(request, env, ctx) {
    if (new URL(request.url).pathname !== "${COUNTS_PATH}") return worker.fetch(request, env, ctx);
    return Response.json(
      Object.fromEntries(
        Object.entries(written).map(([name, { rows, alarms, bytes, statements }]) => [
          name,
          { rows, alarms, statements, bytes: [...bytes.values()].reduce((sum, size) => sum + size, 0) },
        ]),
      ),
    );
  },
};
`;
