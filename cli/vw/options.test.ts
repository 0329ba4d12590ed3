import { describe, expect, test } from "vitest";
import { readOptions } from "./options.ts";

const read = (line: string) => readOptions(line.split(" ").filter(Boolean));

describe("a VW command line", () => {
  test("has VW's defaults", () => {
    expect(read("-d x")).toEqual({
      data: "x",
      format: "text",
      chainHash: false,
      hashing: { seed: 0, all: false },
      bits: 18,
      features: {
        constant: true,
        interactions: [],
        rules: { keepDuplicates: false, permutations: false },
        ignored: null,
        onlyInteracting: null,
        grams: null,
        skips: null,
      },
      loss: { type: "squared", asymmetry: null, least: -1, most: 1 },
      range: null,
      passes: { count: 1, holdout: null, patience: 3, decay: 1 },
      testOnly: false,
      randomSeed: 0,
      strict: false,
      binary: false,
      learner: {
        type: "gradientDescent",
        adaptive: true,
        normalized: true,
        invariant: true,
        learningRate: 0.5,
        powerT: 0.5,
        initialT: undefined,
        alpha: undefined,
        beta: undefined,
        initialWeight: 0,
        initialConstant: 0,
        l1: 0,
        l2: 0,
      },
      classWeights: new Map(),
      classes: null,
      bandit: null,
      notes: [],
    });
    expect(read("").data).toBe("-");
  });

  test("may write options in several ways", () => {
    expect(read("x -b20 -l=0.25".replace("-l=", "-l ")).bits).toBe(20);
    expect(read("--data=x --bit_precision 20 --learning_rate=0.25 --quadratic=ab -qcd")).toMatchObject({
      data: "x",
      bits: 20,
      learner: { learningRate: 0.25 },
      features: {
        interactions: [
          [97, 98],
          [99, 100],
        ],
      },
    });
    expect(read("-q \\x20a").features.interactions).toEqual([[32, 97]]);
  });

  test.each([
    ["--sgd", { adaptive: false, normalized: false, invariant: false, learningRate: 10 }],
    ["--adaptive", { adaptive: true, normalized: false, invariant: false, learningRate: 10 }],
    ["--adaptive --normalized", { adaptive: true, normalized: true, invariant: false, learningRate: 0.5 }],
    ["--normalized --invariant -l 2", { adaptive: false, normalized: true, invariant: true, learningRate: 2 }],
    ["--ftrl --l1 1", { type: "ftrl", l1: 1 }],
  ])("%s switches the others off", (line, learner) => {
    expect(read(line).learner).toMatchObject(learner);
  });

  test.each([
    ["--cb 3", { actions: 3, costType: "mtr", exploration: null }],
    [
      "--cb_explore 2",
      { actions: 2, exploration: { policy: { type: "epsilonGreedy", epsilon: Math.fround(0.05) }, floor: 0 } },
    ],
    [
      "--cb_explore_adf --bag 4 --cb_type dr",
      { actions: null, costType: "dr", exploration: { policy: { type: "bagging", bags: 4, epsilon: 0 }, floor: 0 } },
    ],
    [
      "--cb_explore_adf --cover 4",
      { exploration: { policy: { type: "cover", policies: 4, psi: 1, epsilon: null }, floor: 0 } },
    ],
    [
      "--cb_explore_adf --first 7 --epsilon 0.5",
      { exploration: { policy: { type: "tauFirst", tau: 7, epsilon: 0.5 }, floor: 0 } },
    ],
    ["--cb_explore_adf --softmax --lambda -2", { exploration: { policy: { type: "softmax", lambda: 2 }, floor: 0 } }],
    ["--cb_explore_adf --squarecb --epsilon 0.5", { exploration: { policy: { type: "squareCb" }, floor: 0.5 } }],
    [
      "--cb_explore_adf --squarecb --gamma_scale 3 --elim --cb_min_cost -1",
      {
        exploration: {
          policy: { type: "squareCb", gamma: 3 },
          ranges: { rule: "squareCb", mellowness: Math.fround(0.001), least: -1, most: 1, gamma: 3, exponent: 0.5 },
        },
      },
    ],
    [
      "--cbify 3 --regcb --regcbopt --loss1 2",
      { exploration: { ranges: { rule: "optimistic", mellowness: Math.fround(0.1), least: 0, most: 2 } } },
    ],
    ["--cb_explore_adf --cover 3 --psi 0.5 --nounif", { exploration: { policy: { psi: 0.5 }, onlyChosen: true } }],
    ["--cb_explore 3 --cb_type sm --first_only", { costType: "sm", exploration: { firstOnly: true } }],
    ["--ccb_explore_adf", { actions: null, slots: { countsAll: false }, exploration: { floor: 0 } }],
    ["--ccb_explore_adf --cb_explore_adf --all_slots_loss", { slots: { countsAll: true } }],
    ["--cbify 3 --bag 2", { actions: 3, simulation: { known: "class", right: 0, wrong: 1 } }],
    ["--cbify 3 --cb_explore_adf --loss0 -1 --loss1 0.5", { simulation: { known: "class", right: -1, wrong: 0.5 } }],
    ["--cbify 3 --flip_loss_sign", { simulation: { known: "class", right: 0, wrong: -1 } }],
    ["--cbify 3 --cbify_cs", { simulation: { known: "costs", right: 0, wrong: 1 } }],
    ["--cbify_ldf", { actions: null, simulation: { known: "costs", right: 0, wrong: 1 } }],
  ])("%s is a bandit", (line, bandit) => {
    expect(read(line).bandit).toMatchObject(bandit);
  });

  test("may tell classes apart, and what they count", () => {
    expect(read("--oaa=4 --probabilities --link logistic").classes).toEqual({ count: 4, first: null, scores: true });
    expect(read("--oaa 4 --indexing 0 --classweight 1:2,3:0.5 --classweight 4:0")).toMatchObject({
      classes: { count: 4, first: 0, scores: false },
      classWeights: new Map([
        [1, 2],
        [3, 0.5],
        [4, 0],
      ]),
    });
  });

  test.each([
    ["--oaa 3 --cb 3", /^--oaa and contextual bandits are different problems/],
    ["--oaa 3 --link logistic", /^--oaa has no --link but with --probabilities/],
    ["--oaa 3 --classweight 1", /^--classweight takes CLASS:WEIGHT, several with commas, not "1"/],
    ["--cb 3 --classweight 1:2", /^--classweight needs labels that are numbers or classes/],
    ["--cbify 3 --cbify_ldf", /^--cbify and --cbify_ldf are different problems/],
    ["--lda 3", /^--lda is not an option of VW that `edgewise vw` supports/],
    ["x --passes 3", /^VW needs a cache for several passes: add -c/],
    ["--passes 3 -c", /^Several passes need a file/],
    ["--skips 1", /^--skips needs --ngram/],
    ["--ngram ab", /^--ngram takes a whole number up to 32, perhaps after a namespace's first letter, not "ab"/],
    ["--quantile_tau 0.3", /^--quantile_tau belongs to --loss_function quantile, not to squared/],
    ["--loss_function expectile", /^--loss_function expectile needs --expectile_q/],
    ["--cubic ab", /^--cubic takes the first letters of three namespaces, not "ab"/],
    ["--nn=3", /^--nn is not an option/],
    ["-i x", /^-i is not an option/],
    ["--binary=1", /^--binary takes no value/],
    ["-b", /^--bit_precision needs a value/],
    ["-b x", /^--bit_precision must be a whole number from 1 to 30, not "x"/],
    ["-l fast", /^--learning_rate must be a number from 0, not "fast"/],
    ["--loss_function log", /^--loss_function must be one of squared, .*, poisson, not "log"/],
    ["-q abc", /^--quadratic takes the first letters of two namespaces, not "abc"/],
    ["--ftrl --coin", /^--ftrl and --coin are two learners/],
    ["--cb 2 --cb_explore 2", /^--cb and --cb_explore are different problems/],
    ["--cb_explore 2 --bag 2 --softmax", /^--bag and --softmax are different ways to explore/],
    ["--cb_explore 2 --epsilon 2", /^--epsilon must be from 0 to 1/],
    ["-d x y z", /^There can be one file, not x, y, z\./],
    ["--dsjson", /^--dsjson needs --cb_explore_adf/],
    ["--cb_explore 2 --bag 2 --regcb", /^--bag and --regcb are different ways to explore/],
    ["--cb_explore 2 --regcb --ftrl", /^--regcb and --elim need gradient descent: neither --ftrl nor --coin/],
    ["--cb_explore 2 --regcb --cb_type dr", /^--regcb has --cb_type mtr only, not dr/],
    ["--cb_explore 2 --squarecb --cb_type ips", /^--squarecb has --cb_type mtr only, not ips/],
    ["--cb_explore 2 --cb_type best", /^--cb_type must be one of ips, dm, dr, mtr, sm, not "best"/],
  ])("%s is refused by name", (line, message) => {
    expect(() => read(line)).toThrow(message);
  });

  test.each([
    ["--cb_explore 2 --cover 3 --cb_type dm", "--cover does not go with --cb_type dm: mtr is taken, as VW does."],
    [
      "--cb 2 --epsilon 0.1",
      "--epsilon has no effect without --cb_explore or --cb_explore_adf or --ccb_explore_adf or --cbify or --cbify_ldf.",
    ],
    ["--cb 2 --loss0 1", "--loss0 has no effect without --cbify or --cbify_ldf."],
    ["--cb_explore 2 --lambda 3", "--lambda has no effect without --softmax."],
    ["--cb_explore 2 --mellowness 1", "--mellowness has no effect without --regcb or --regcbopt or --elim."],
    ["--cb_explore 2 --regcb --epsilon 0.1", "--epsilon has no effect with --regcb."],
    ["--cb_explore 2 --squarecb --first_only", "--first_only has no effect with --squarecb."],
    ["--ftrl --adaptive", "--adaptive has no effect with --ftrl."],
    ["--coin --l2 0.1", "--l2 has no effect with --coin."],
    ["-k -c --quiet", "--kill_cache, --cache, --quiet: nothing of the average loss depends on it."],
    ["-f m", "--final_regressor: nothing is written to m; only the average loss is told."],
  ])("%s says what it does not do", (line, note) => {
    const options = read(line);
    expect(options.notes).toEqual([note]);
    if (line.includes("cb_type")) expect(options.bandit?.costType).toBe("mtr");
  });
});
