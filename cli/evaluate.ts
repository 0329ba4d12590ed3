import { parseArgs } from "node:util";
import { type ComparedPolicy, comparedPolicy } from "../shared/evaluation/compared-policy.ts";
import { UsageError, wholeNumber } from "./command.ts";
import { DEFAULT_URL } from "./edge-calls.ts";
import { evaluateLog } from "./evaluate/evaluate-log.ts";
import { evaluatePredictions } from "./evaluate/evaluate-predictions.ts";
import { evaluateTable } from "./evaluate/evaluate-table.ts";
import { DEFAULT_LEARNERS, namedLearner } from "./evaluate/learner-text.ts";
import { type WantedLog, withLog } from "./evaluate/log-source.ts";
import { DEFAULT_POLICIES, namedPolicy, POLICY_USAGE } from "./evaluate/policy-text.ts";
import { namedRange } from "./evaluate/range-text.ts";
import { predictionText, reportText } from "./evaluate/report-text.ts";
import { logFormat } from "./log-files/log-format.ts";
import { readSpecFile } from "./read-spec-file.ts";
import { readMapping } from "./tables/mapping.ts";

export const help = `edgewise evaluate [-d] FILE [options]
edgewise evaluate --model NAME [--url URL | --state-dir DIR] [options]
edgewise evaluate TABLE --spec SPEC --mapping MAPPING [options]

  Tells what policies would have earned on a log of decisions: each learns the log in one pass, and is judged by what it would have
  chosen before it learned. Estimates come with 95 % confidence sequences, or with the reason why the log cannot tell.

  -d, --data FILE    the log, as text or gzip; - or no FILE is standard input (kept in a temporary file, since a log is read twice)
  --model NAME       instead: what an edge has logged of this model, with what came of it by the reward rules of its live version
  --version N        by those of this version
  --url URL          of the edge (${DEFAULT_URL})
  --state-dir DIR    the state of a server on this machine that does not run (its STATE_DIR, or .state in the checkout)
  --format FORMAT    vw (text, --cb_explore_adf), json (VW's), dsjson (VW's and Personalizer's, of several slots, too), csv or edgewise (edgewise export);
                     found out from the first lines if not given. csv has a header with the columns action (from 0), reward and
                     propensity, or the Open Bandit Dataset's (item_id, click, propensity_score); others describe the decision. In JSON,
                     "_events": [{ "type": "view", "at": TIME, "properties": { "item": "m42" } }] beside "_multi" are the session's
                     until then, of which a spec makes its features; an action's "_tag" is its id
  --actions K        there are K actions: for csv, and for VW's text with one line a decision, as for --cb_explore K
  --spec SPEC        a model's spec, a .ts, .js or .json file: its features, interactions, policy and learner. Without it, all features of
                     the log and all pairs of a shared feature and one of an action. Of a model that predicts it tells how good its
                     predictions would have been: on a log of edgewise export, or of an edge, which has the spec
  --mapping MAPPING  FILE is a labelled table, and this tells which of its columns are what, for a spec that predicts: each row is predicted and then
                     learned, in its order (docs/guide.md, "Driving it", has a mapping)
  --policy POLICY    ${POLICY_USAGE};
                     with /ips, /dr or /dm behind to learn so; may be given again
                     (${DEFAULT_POLICIES.join(", ")}; and the spec's)
  --learner LEARNER  auto, adaptive:LEARNING_RATE, factorised:RANK or bayesian; may be given again (${DEFAULT_LEARNERS.join(", ")}; with a spec: its own)
  --rewards LOW,HIGH every reward is between them (found out from the log; a reward is -cost)
  --min-propensity P no action was less probable than P when the log was made: narrower intervals where it does not tell
  --category FIELD   what an action does to the reward is all in this field of it: tells, beside, what policies earn by these categories (MIPS), for logs
                     of very many actions that tell all probabilities; may be given again, for the fields together
  --strict           ends at the first line that cannot be used; else such lines are left out, counted, and the first are named
  --json             prints the result as JSON
`;

/** @throws UsageError naming an option, a line or a file that is wrong. */
export async function evaluateCommand(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      data: { type: "string", short: "d" },
      format: { type: "string" },
      actions: { type: "string" },
      spec: { type: "string" },
      model: { type: "string" },
      mapping: { type: "string" },
      version: { type: "string" },
      url: { type: "string" },
      "state-dir": { type: "string" },
      policy: { type: "string", multiple: true },
      learner: { type: "string", multiple: true },
      rewards: { type: "string" },
      "min-propensity": { type: "string" },
      category: { type: "string", multiple: true },
      strict: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const wanted = wantedLog(values, positionals);
  const given = values.spec === undefined ? null : await readSpecFile(values.spec);
  const namedPolicies = (values.policy ?? DEFAULT_POLICIES).map(namedPolicy);
  const namedLearners = values.learner?.map(namedLearner);
  const rewards = values.rewards === undefined ? null : namedRange(values.rewards);
  const minPropensity = values["min-propensity"] === undefined ? null : probability(values["min-propensity"]);
  const { category = [] } = values;
  const forRanking = [values.policy, values.rewards, values["min-propensity"], values.category].some(
    (value) => value !== undefined,
  );
  if (values.mapping !== undefined) {
    if (wanted.from === "edge" || wanted.format !== null || wanted.actions !== null || forRanking)
      throw new UsageError("--mapping is for a table of labels, and goes with --spec, --learner, --strict and --json.");
    if (given?.task.type !== "predict") throw new UsageError("--mapping needs --spec with a model that predicts.");
    const table = { file: wanted.file, mapping: readMapping(values.mapping), strict: wanted.strict };
    const report = await evaluateTable(table, given, namedLearners ?? [given.learner]);
    console.log(values.json ? JSON.stringify(report, null, 2) : predictionText(report));
    return;
  }
  if (wanted.from === "edge") wanted.model ??= given?.name ?? null;
  await withLog(wanted, async (source, joinedBy) => {
    // Predictions have no features but a spec's.
    const spec = given ?? (joinedBy?.task.type === "predict" ? joinedBy : null);
    const learners = namedLearners ?? (spec ? [spec.learner] : DEFAULT_LEARNERS.map(namedLearner));
    if (spec?.task.type === "predict") {
      if (forRanking)
        throw new UsageError(
          `${spec.name} predicts: --policy, --rewards, --min-propensity and --category are for models that rank.`,
        );
      const report = await evaluatePredictions(source, spec, learners);
      console.log(values.json ? JSON.stringify(report, null, 2) : predictionText(report));
    } else {
      const policies = withoutRepeats([
        ...(spec === null ? [] : [comparedPolicy(spec.policy, spec.reduction)]),
        ...namedPolicies,
      ]);
      const asked = { policies, learners, rewards, minPropensity, category };
      const report = await evaluateLog({ source, spec, ...asked, progress: true });
      console.log(values.json ? JSON.stringify(report, null, 2) : reportText(report));
    }
  });
}

type LogOptions = Partial<Record<"data" | "format" | "actions" | "model" | "version" | "url" | "state-dir", string>> & {
  strict?: boolean;
};

/** @throws UsageError when several logs are named, or an option is not for the one that is. */
function wantedLog(values: LogOptions, positionals: readonly string[]): WantedLog {
  const files = [...(values.data === undefined ? [] : [values.data]), ...positionals];
  if (files.length > 1) throw new UsageError(`There can be one log, not ${files.join(", ")}.`);
  const given = (names: readonly Exclude<keyof LogOptions, "strict">[]) =>
    names.filter((name) => values[name] !== undefined);
  const ofEdge = given(["model", "version", "url", "state-dir"]);
  const ofFile = given(["format", "actions"]);
  const actions = values.actions === undefined ? null : wholeNumber("actions", values.actions, 1);
  const format = values.format === undefined ? null : logFormat(values.format);
  if (ofEdge.length === 0)
    return { from: "file", file: files[0] ?? "-", format, actions, strict: values.strict ?? false };
  if (files.length > 0 || ofFile.length > 0)
    throw new UsageError(
      `--${ofEdge[0]} is for the log of an edge, and ${files[0] ?? `--${ofFile[0]}`} for one in a file: give one of them.`,
    );
  const version = values.version === undefined ? null : wholeNumber("version", values.version, 1);
  return { from: "edge", model: values.model ?? null, version, url: values.url, stateDir: values["state-dir"] };
}

const withoutRepeats = (policies: readonly ComparedPolicy[]): ComparedPolicy[] =>
  policies.filter(({ name }, i) => policies.findIndex((other) => other.name === name) === i);

function probability(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1))
    throw new UsageError(`--min-propensity must be a probability above 0, not ${JSON.stringify(text)}.`);
  return value;
}
