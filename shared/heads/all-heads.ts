import { bayesian } from "./bayesian.ts";
import { committee } from "./committee.ts";
import { factorised } from "./factorised.ts";
import { addHeads } from "./heads.ts";

/** All heads there are beside the linear one, for a program that has this file. A new one is its file, its name here, and its test. */
addHeads([committee, factorised, bayesian]);
