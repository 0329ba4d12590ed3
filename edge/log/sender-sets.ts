/**
 * For which models the sender of early feedback may speak, as it stands in rows. A key may be for hundreds of models, whose names take kilobytes: so a long list is stored once, and rows
 * have its number. Short ones, and those of logs of before, stand in the rows themselves.
 */

/** Longest list, as JSON, that stands in a row: about what a number and its row elsewhere take. */
const INLINE = 64;

/** SQL of the list that a row's `senders` stands for, as JSON; null: all models. */
export const SENDERS =
  "CASE WHEN substr(senders, 1, 1) = '[' THEN senders ELSE (SELECT models FROM sender_sets WHERE number = senders) END";

export const SENDER_SETS = `
  CREATE TABLE IF NOT EXISTS sender_sets (number INTEGER PRIMARY KEY, models TEXT NOT NULL UNIQUE);
`;

/** What stands in a row for a list. In a transaction, like the row. */
export function storedSenders(sql: SqlStorage, models: string | null): string | null {
  if (models === null || models.length <= INLINE) return models;
  type Row = { number: number };
  const [known] = sql.exec<Row>("SELECT number FROM sender_sets WHERE models = ?", models);
  const { number } =
    known ?? sql.exec<Row>("INSERT INTO sender_sets (models) VALUES (?) RETURNING number", models).one();
  return String(number);
}
