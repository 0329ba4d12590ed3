import { baggingText } from "./bagging.ts";
import { coverText } from "./cover.ts";
import { epsilonGreedyText } from "./epsilon-greedy.ts";
import { mixedSoftmaxText } from "./mixed-softmax.ts";
import { others } from "./other-policies.ts";
import { definePolicy } from "./policy.ts";
import { softmaxText } from "./softmax.ts";
import { squareCb as own, squareCbText } from "./square-cb.ts";
import { tauFirstText } from "./tau-first.ts";
import { thompsonText } from "./thompson.ts";

/** All policies there are, by what authors call them. */
export const bagging = definePolicy(others.bagging, baggingText);
export const cover = definePolicy(others.cover, coverText);
export const epsilonGreedy = definePolicy(others.epsilonGreedy, epsilonGreedyText);
export const mixedSoftmax = definePolicy(others.mixedSoftmax, mixedSoftmaxText);
export const softmax = definePolicy(others.softmax, softmaxText);
export const squareCb = definePolicy(own, squareCbText);
export const tauFirst = definePolicy(others.tauFirst, tauFirstText);
export const thompson = definePolicy(others.thompson, thompsonText);
