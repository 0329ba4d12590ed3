import { Source } from "../source.ts";
import type { Contestant, Player } from "./contestant.ts";
import type { Round, Stream, World } from "./world.ts";

/** Fresh decisions that a greedy choice is looked at on. */
const FRESH = 2000;

/** One number for each cell that the world's question asks for, of one contestant and seed. */
export function measure(world: World, contestant: Contestant, seed: number): number[] {
  const stream = world.stream(new Source(1000 * seed));
  const chance = new Source(1000 * seed + 1);
  const player = contestant.begin(world, new Source(1000 * seed + 2));
  const { question } = world;
  if (question.kind === "greedy") {
    for (let n = 0; n < question.after; n++) step(player, stream.next(), chance);
    return [greedilyBest(player, stream)];
  }
  if (question.kind === "cold") return [coldOverHot(player, stream, chance, question)];
  const results: number[] = [];
  const sums = { ours: 0, uniform: 0, best: 0 };
  for (let n = 1; n <= question.at.at(-1)!; n++) {
    const round = stream.next();
    sums.ours += expectedOf(step(player, round, chance), round);
    sums.best += Math.max(...round.expected);
    sums.uniform += mean(round.expected);
    if (!question.at.includes(n)) continue;
    results.push(
      question.kind === "accuracy" ? sums.ours / n : (sums.ours - sums.uniform) / (sums.best - sums.uniform),
    );
  }
  return results;
}

/** What each cell is called. */
export function cellsOf({ question }: World): string[] {
  if (question.kind === "greedy") return [`greedy right after ${question.after.toLocaleString("en")}`];
  if (question.kind === "cold") return ["cold / hot regret"];
  const what = question.kind === "accuracy" ? "accuracy" : "share";
  return question.at.map((n) => `${what} at ${n.toLocaleString("en")}`);
}

/** Decides and learns. @returns how probable each action was. */
function step(player: Player, round: Round, chance: Source): Float64Array {
  const { probabilities } = player.decide(round);
  const chosen = drawn(probabilities, chance.next());
  player.learn(round, chosen, Number(chance.next() < round.expected[chosen]!));
  return probabilities;
}

const expectedOf = (probabilities: Float64Array, { expected }: Round): number =>
  probabilities.reduce((sum, p, a) => sum + p * expected[a]!, 0);

function drawn(probabilities: Float64Array, u: number): number {
  let below = 0;
  for (let a = 0; a < probabilities.length; a++) {
    below += probabilities[a]!;
    if (u < below) return a;
  }
  return probabilities.findLastIndex((p) => p > 0);
}

function greedilyBest(player: Player, stream: Stream): number {
  let right = 0;
  for (let i = 0; i < FRESH; i++) {
    const round = stream.next();
    const scores = Array.from(player.decide(round).scores);
    const chosen = scores.indexOf(Math.max(...scores));
    if (round.expected[chosen] === Math.max(...round.expected)) right++;
  }
  return right / FRESH;
}

/** The first arrivals are left out: then all is new. Only what has to do with the newest action counts. */
function coldOverHot(
  player: Player,
  stream: Stream,
  chance: Source,
  { every, cold, until }: { every: number; cold: number; until: number },
): number {
  const regrets = { cold: 0, hot: 0 };
  for (let n = 0; n < until; n++) {
    const round = stream.next();
    const newest = Math.floor(n / every) % round.actions.length;
    const regret = regretOf(newest, round, step(player, round, chance));
    if (n < 4 * every) continue;
    if (n % every < cold) regrets.cold += regret;
    if (n % every >= every - cold) regrets.hot += regret;
  }
  return regrets.cold / regrets.hot;
}

/** What is lost by taking an action that is not the best, or by not taking it where it is. */
function regretOf(action: number, round: Round, probabilities: Float64Array): number {
  const { expected } = round;
  const best = Math.max(...expected);
  if (expected[action] === best) return best - expectedOf(probabilities, round);
  return probabilities[action]! * (best - expected[action]!);
}

const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;
