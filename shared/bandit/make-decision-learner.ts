import type { Loss } from "../online/loss.ts";
import { ChosenLearner } from "./chosen-learner.ts";
import { CommitteeLearner, isCommittee } from "./committee-learner.ts";
import type { DecisionLearner, LearningSpec } from "./decision-learner.ts";

/** A new learner of decisions, as policy, learner and reduction ask for. */
export const makeDecisionLearner = (spec: LearningSpec, loss: Loss): DecisionLearner =>
  isCommittee(spec) ? new CommitteeLearner(spec, loss) : new ChosenLearner(spec, loss);
