import { createReadStream, statSync } from "node:fs";
import { parseArgs } from "node:util";
import { type ComparedPolicy, comparedPolicy } from "../shared/evaluation/compared-policy.ts";
import { UsageError, wholeNumber } from "./command.ts";
import { evaluateLog } from "./evaluate/evaluate-log.ts";
import { evaluatePredictions } from "./evaluate/evaluate-predictions.ts";
import { DEFAULT_LEARNERS, namedLearner } from "./evaluate/learner-text.ts";
import { DEFAULT_POLICIES, namedPolicy, POLICY_USAGE } from "./evaluate/policy-text.ts";
import { namedRange } from "./evaluate/range-text.ts";
import { readSpec } from "./evaluate/read-spec.ts";
import { predictionText, reportText } from "./evaluate/report-text.ts";
import { withSpooled } from "./files/spool.ts";
import { logFormat } from "./log-files/log-format.ts";
import { stateDirectory } from "./log-files/state-directory.ts";

export const help = `edgewise evaluate [-d] FILE [options]

  Tells what policies would have earned on a log of decisions: each learns the log in one pass, and is judged by what it would have
  chosen before it learned. Estimates come with 95 % confidence sequences, or with the reason why the log cannot tell.

  -d, --data FILE    the log, as text or gzip; - or no FILE is standard input (kept in a temporary file, since a log is read twice);
                     or an Edgewise server's state directory (STATE_DIR, or .state in the checkout)
  --model NAME       the model to evaluate, where a state directory has several; the spec's if there is one
  --format FORMAT    vw (text, --cb_explore_adf), json (VW's), dsjson (VW's and Personalizer's), csv or edgewise (edgewise export);
                     found out from the first line if not given. csv has a header with the columns action (from 0), reward and
                     propensity, or the Open Bandit Dataset's (item_id, click, propensity_score); others describe the decision
  --actions K        there are K actions: for csv, and for VW's text with one line a decision, as for --cb_explore K
  --spec SPEC        a model's spec: a JSON file or the name of a model here. Its features, interactions, policy and learner. Without
                     it, all features of the log and all pairs of a shared feature and one of an action. Of a model that predicts (on a
                     log of edgewise export) it tells how good its predictions would have been
  --policy POLICY    ${POLICY_USAGE};
                     with /ips, /dr or /dm behind to learn so; may be given again
                     (${DEFAULT_POLICIES.join(", ")}; and the spec's)
  --learner LEARNER  auto, adaptive:LEARNING_RATE, factorised:RANK or bayesian; may be given again (${DEFAULT_LEARNERS.join(", ")}; with a spec: its own)
  --rewards LOW,HIGH every reward is between them (found out from the log; a reward is -cost)
  --min-propensity P no action was less probable than P when the log was made: narrower intervals where it does not tell
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
      policy: { type: "string", multiple: true },
      learner: { type: "string", multiple: true },
      rewards: { type: "string" },
      "min-propensity": { type: "string" },
      json: { type: "boolean", default: false },
    },
  });
  const files = [...(values.data === undefined ? [] : [values.data]), ...positionals];
  if (files.length > 1) throw new UsageError(`There can be one log, not ${files.join(", ")}.`);
  const spec = values.spec === undefined ? null : await readSpec(values.spec);
  const learners = values.learner?.map(namedLearner) ?? (spec ? [spec.learner] : DEFAULT_LEARNERS.map(namedLearner));
  const policies = values.policy?.map(namedPolicy) ?? DEFAULT_POLICIES.map(namedPolicy);
  if (spec !== null) policies.unshift(comparedPolicy(spec.policy, spec.reduction));
  const actions = values.actions === undefined ? null : wholeNumber("actions", values.actions, 1);
  const format = values.format === undefined ? null : logFormat(values.format);
  if (spec?.task.type === "predict" && (values.policy ?? values.rewards ?? values["min-propensity"]) !== undefined)
    throw new UsageError(`${spec.name} predicts: --policy, --rewards and --min-propensity are for models that rank.`);
  const options = {
    spec,
    policies: withoutRepeats(policies),
    learners,
    rewards: values.rewards === undefined ? null : namedRange(values.rewards),
    minPropensity: values["min-propensity"] === undefined ? null : probability(values["min-propensity"]),
    progress: true,
  };
  const [file = "-"] = files;
  const run = async (path: string, name: string): Promise<void> => {
    const source = { file: path, name, format, actions };
    if (spec?.task.type === "predict") {
      const report = await evaluatePredictions(source, spec, learners);
      console.log(values.json ? JSON.stringify(report, null, 2) : predictionText(report));
    } else {
      const report = await evaluateLog({ ...options, source });
      console.log(values.json ? JSON.stringify(report, null, 2) : reportText(report));
    }
  };
  if (values.model !== undefined && !isDirectory(file))
    throw new UsageError(`--model is for a server's state directory, and ${file} is none.`);
  if (file === "-" || file === "/dev/stdin") await withSpooled(process.stdin, (path) => run(path, "standard input"));
  else if (isDirectory(file))
    await withSpooled(stateDirectory(file, values.model ?? spec?.name ?? null), (path) => run(path, file));
  else if (isPipe(file)) await withSpooled(createReadStream(file), (path) => run(path, file));
  else await run(file, file);
}

/** As `<(zcat log.gz)` of a shell is. */
const isPipe = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isFIFO() ?? false;

const isDirectory = (file: string): boolean => statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;

const withoutRepeats = (policies: readonly ComparedPolicy[]): ComparedPolicy[] =>
  policies.filter(({ name }, i) => policies.findIndex((other) => other.name === name) === i);

function probability(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1))
    throw new UsageError(`--min-propensity must be a probability above 0, not ${JSON.stringify(text)}.`);
  return value;
}
