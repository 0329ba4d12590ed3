import { EXPLORATIONS, named } from "./explorations.ts";

/** Options that ask for RegCB, which is VW's alone. */
export const REGRESSION = ["regcb", "regcbopt"] as const;
/** Options that make decisions of examples whose answers are known, and explore by themselves. */
export const SIMULATIONS = ["cbify", "cbify_ldf"] as const;

export const SHORT: Record<string, string> = {
  ...{ d: "data", l: "learning_rate", b: "bit_precision", q: "quadratic", t: "testonly", C: "constant" },
  ...{ k: "kill_cache", c: "cache", p: "predictions", r: "raw_predictions", f: "final_regressor", P: "progress" },
  a: "audit",
};

/** Switches that change nothing of the loss: what VW prints besides it, or how it goes about its work. */
export const IDLE_SWITCHES: readonly string[] = [
  ...["kill_cache", "cache", "quiet", "audit", "save_resume", "preserve_performance_counters", "predict_only_model"],
  ...["save_per_pass", "no_stdin", "compressed", "onethread", "rank_all", "driver_output_off", "hexfloat_weights"],
  ...["sparse_weights", "dense_weights"],
];
/** Options of the same kind that take a value. */
export const IDLE_VALUES: readonly string[] = [
  ...["progress", "cache_file", "link", "id", "ring_size", "example_queue_limit", "log_level", "log_output"],
  ...["limit_output", "driver_output"],
];
/** Options that name a file for VW to write. */
export const WRITTEN: readonly string[] = [
  ...["predictions", "raw_predictions", "final_regressor", "readable_model", "invert_hash", "extra_metrics"],
];

/** Options that take nothing, by VW's long names. */
export const SWITCHES: readonly string[] = [
  ...["binary", "sgd", "adaptive", "normalized", "invariant", "ftrl", "coin", "noconstant", "testonly"],
  ...["leave_duplicate_interactions", "permutations", "holdout_off"],
  ...[
    "ccb_explore_adf",
    "all_slots_loss",
    "cb_explore_adf",
    "cb_adf",
    "dsjson",
    "json",
    "chain_hash",
    "strict",
    "strict_parse",
  ],
  ...["probabilities", "scores", "cbify_ldf", "cbify_cs", "flip_loss_sign"],
  ...REGRESSION,
  ...["elim", "first_only", "nounif"],
  ...named(EXPLORATIONS.filter(({ value }) => value === null)),
  ...IDLE_SWITCHES,
];
/** Options that take a value. */
export const VALUES: readonly string[] = [
  ...["data", "loss_function", "learning_rate", "l1", "l2", "power_t", "initial_t", "bit_precision", "random_seed"],
  ...["quadratic", "cubic", "interactions", "ignore", "ignore_linear", "keep", "ngram", "skips", "hash", "hash_seed"],
  ...["quantile_tau", "expectile_q", "logistic_min", "logistic_max", "min_prediction", "max_prediction"],
  ...["initial_weight", "constant", "ftrl_alpha", "ftrl_beta"],
  ...["passes", "holdout_period", "holdout_after", "early_terminate", "decay_learning_rate"],
  ...["cb", "cb_explore", "cb_type", "epsilon"],
  ...["oaa", "indexing", "classweight", "cbify", "loss0", "loss1"],
  ...["mellowness", "cb_min_cost", "cb_max_cost"],
  ...named(EXPLORATIONS.filter(({ value }) => value !== null)),
  ...EXPLORATIONS.flatMap(({ others = [] }) => others),
  ...IDLE_VALUES,
  ...WRITTEN,
];

/** All options, short ones first. */
export function supported(): string {
  const short = Object.entries(SHORT).map(([letter, name]) => `-${letter} (--${name})`);
  const long = [...SWITCHES, ...VALUES]
    .filter((name) => !Object.values(SHORT).includes(name))
    .map((name) => `--${name}`);
  return [...short, ...long].join(", ");
}
