/** One decision of the log, seen by the policy that is to be evaluated. */
export interface LoggedChoice {
  /** In the log's unit, within the reward range. */
  readonly reward: number;
  /** Probability with which the logged action was chosen. */
  readonly propensity: number;
  /** Probability with which the target policy would choose the logged action. */
  readonly target: number;
  /** How many decisions it stands for; default 1. Where decisions stand for different numbers there are no intervals. */
  readonly importance?: number;
  /**
   * No action of this decision can have a larger target / propensity: the largest probability that the target policy gives any, over the smallest that the logging policy may have given one.
   * A fact about the policies, not about what was drawn. Default: what `maxWeight` promises of all decisions.
   */
  readonly mostWeight?: number;
  /**
   * What is known of all actions. The model-based estimators need it; the others give narrower intervals with it, because
   * it says how large the weight could have been.
   */
  readonly actions?: LoggedActions;
}

/** One entry an action, in one order. */
interface LoggedActions {
  /** Index of the logged action. */
  readonly chosen: number;
  /** Left out where only that of the logged action is known. */
  readonly propensities?: ArrayLike<number>;
  readonly targets: ArrayLike<number>;
  /** A model's reward for each action, in the log's unit. The model may have learned from earlier decisions only. */
  readonly predictions?: ArrayLike<number>;
}

export interface RewardRange {
  readonly low: number;
  readonly high: number;
}

/** A decision as the estimators use it: rewards and predictions mapped to [0, 1]. */
export interface WeightedChoice {
  readonly reward: number;
  /** target / propensity; 0 when the target never chooses the action, infinite when only the target chooses it. */
  readonly weight: number;
  /** No action of this decision can have a larger weight; infinite when nobody knows. */
  readonly largestWeight: number;
  /** Whether somebody says so (or nobody knows), instead of the probabilities of all actions. */
  readonly isPromise: boolean;
  /** How many decisions it stands for. */
  readonly importance: number;
  readonly actions: WeightedActions | null;
}

interface WeightedActions {
  readonly chosen: number;
  readonly targets: ArrayLike<number>;
  /** null: only that of the chosen action is known. */
  readonly weights: Float64Array | null;
  /** Clamped to [0, 1]. */
  readonly predictions: ArrayLike<number> | null;
}

/** How far probabilities may be from adding up, and a logged one from its entry in the list. */
const TOLERANCE = 1e-6;

/**
 * Checks a decision and gives it weights.
 * @param maxWeight what the caller promises no weight is above; infinite for no promise.
 * @throws RangeError saying what is out of range, or contradicts itself or the promise.
 */
export function weigh(choice: LoggedChoice, range: RewardRange, maxWeight: number): WeightedChoice {
  const reward = (choice.reward - range.low) / (range.high - range.low);
  if (!(reward >= 0 && reward <= 1)) {
    throw new RangeError(`The reward ${choice.reward} is not between ${range.low} and ${range.high}`);
  }
  const weight = importance(choice.target, choice.propensity);
  const actions = choice.actions === undefined ? null : weighActions(choice.actions, choice, range);
  const weights = actions?.weights ?? null;
  const largest = weights === null ? weight : weights.reduce((most, w) => Math.max(most, w), weight);
  const promised = Math.min(maxWeight, choice.mostWeight ?? Number.POSITIVE_INFINITY);
  if (largest > promised * (1 + TOLERANCE) && largest < Number.POSITIVE_INFINITY) {
    throw new RangeError(`The weight ${largest} is above the promised largest weight ${promised}`);
  }
  const isAlone = weights === null && weight < Number.POSITIVE_INFINITY;
  const largestWeight = isAlone ? Math.max(promised, largest) : largest;
  // None above 1 means none but 1: what chose is evaluated itself.
  const isPromise = isAlone && promised > 1;
  return { reward, weight, largestWeight, isPromise, importance: counted(choice), actions };
}

function counted({ importance: stands = 1 }: LoggedChoice): number {
  if (!(stands > 0 && stands < Number.POSITIVE_INFINITY))
    throw new RangeError(`A decision cannot stand for ${stands} decisions`);
  return stands;
}

function weighActions(actions: LoggedActions, choice: LoggedChoice, range: RewardRange): WeightedActions {
  const { chosen, propensities, targets, predictions } = actions;
  const count = targets.length;
  if ((propensities ?? targets).length !== count || (predictions !== undefined && predictions.length !== count)) {
    throw new RangeError("propensities, targets and predictions must have one entry for each action");
  }
  if (!Number.isInteger(chosen) || chosen < 0 || chosen >= count) {
    throw new RangeError(`The chosen action ${chosen} is none of the ${count}`);
  }
  const weights = propensities === undefined ? null : new Float64Array(count);
  let propensitySum = 0;
  let targetSum = 0;
  for (let a = 0; a < count; a++) {
    if (weights !== null) weights[a] = importance(targets[a]!, propensities![a]!);
    propensitySum += propensities?.[a] ?? 0;
    targetSum += checkProbability(targets[a]!);
  }
  if (weights === null) propensitySum = 1;
  if (Math.abs(propensitySum - 1) > TOLERANCE || Math.abs(targetSum - 1) > TOLERANCE) {
    throw new RangeError(`Probabilities must add up to 1: propensities to ${propensitySum}, targets to ${targetSum}`);
  }
  const agrees = (listed: number, logged: number) => Math.abs(listed - logged) <= TOLERANCE * Math.max(listed, logged);
  if (
    !agrees(propensities?.[chosen] ?? choice.propensity, choice.propensity) ||
    !agrees(targets[chosen]!, choice.target)
  ) {
    throw new RangeError("The logged action's probabilities are not those in the lists");
  }
  return { chosen, targets, weights, predictions: predictions === undefined ? null : normalized(predictions, range) };
}

function importance(target: number, propensity: number): number {
  checkProbability(target);
  checkProbability(propensity);
  return target === 0 ? 0 : target / propensity;
}

function checkProbability(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) throw new RangeError(`${probability} is not a probability`);
  return probability;
}

function normalized(predictions: ArrayLike<number>, range: RewardRange): Float64Array {
  return Float64Array.from(predictions, (prediction) => {
    if (Number.isNaN(prediction)) throw new RangeError("A prediction is not a number");
    return Math.min(1, Math.max(0, (prediction - range.low) / (range.high - range.low)));
  });
}
