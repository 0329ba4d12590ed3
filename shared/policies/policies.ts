import { others } from "./other-policies.ts";
import { definePolicy } from "./policy.ts";
import { squareCb as own } from "./square-cb.ts";

/** All policies there are, by what authors call them. */
export const bagging = definePolicy(others.bagging);
export const cover = definePolicy(others.cover);
export const epsilonGreedy = definePolicy(others.epsilonGreedy);
export const mixedSoftmax = definePolicy(others.mixedSoftmax);
export const softmax = definePolicy(others.softmax);
export const squareCb = definePolicy(own);
export const tauFirst = definePolicy(others.tauFirst);
export const thompson = definePolicy(others.thompson);
