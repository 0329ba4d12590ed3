import { bagging } from "./bagging.ts";
import { cover } from "./cover.ts";
import { epsilonGreedy } from "./epsilon-greedy.ts";
import { mixedSoftmax } from "./mixed-softmax.ts";
import { softmax } from "./softmax.ts";
import { tauFirst } from "./tau-first.ts";
import { thompson } from "./thompson.ts";

/** What the files of policies say of them, all but the default (square-cb.ts). A new one is its file, a line here and in policies.ts, and its test. */
export const others = { bagging, cover, epsilonGreedy, mixedSoftmax, softmax, tauFirst, thompson };
