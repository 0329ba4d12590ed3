import { cpus } from "node:os";

/** What the figures are from. */
export const machine = (): string =>
  `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}`;
