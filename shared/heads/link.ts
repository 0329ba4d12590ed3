import type { Link } from "../artifact/snapshot-header.ts";
import type { ModelSpec } from "../contract/spec.ts";
import { logistic } from "../math/logistic.ts";

export const linkOf = ({ task }: ModelSpec): Link =>
  task.type === "predict" && task.label === "binary" ? "logistic" : "identity";

export const applyLink = (link: Link, score: number): number => (link === "logistic" ? logistic(score) : score);
