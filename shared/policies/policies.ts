// biome-ignore-all lint/performance/noBarrelFile: it is the list, of which each policy is one line.
/** All policies there are, by what authors call them. A new one is its file, a line here, and its test. */
export { bagging } from "./bagging.ts";
export { cover } from "./cover.ts";
export { epsilonGreedy } from "./epsilon-greedy.ts";
export { mixedSoftmax } from "./mixed-softmax.ts";
export { softmax } from "./softmax.ts";
export { squareCb } from "./square-cb.ts";
export { tauFirst } from "./tau-first.ts";
export { thompson } from "./thompson.ts";
