import { FixtureRandom } from "../../conformance/random.ts";

/** Visitors with tastes, and posters of which each taste likes one: what the two ways of asking are compared on. */

export const VARIANTS = ["drama", "comedy", "crime", "family"] as const;
export const MODELS = { openfeature: "poster-openfeature", sdk: "poster-sdk" } as const;
export type Way = keyof typeof MODELS;
/** By how many parts a way is looked at: what was learned shows in the last. */
const PARTS = 4;
/** How likely who likes a poster clicks it, and who does not. */
const LIKES = 0.6;
const ELSE = 0.1;

export const actions = VARIANTS.map((id) => ({ id, features: { genre: id } }));

/** One visit: who comes, and what he is like. */
type Visit = { unit: string; context: { taste: string } };
/** Shows somebody a poster. @returns which, and what tells of his click. */
export type Show = (visit: Visit) => Promise<{ chosen: string; reward: (value: number) => unknown }>;

/** The way from uniform choice to the best, of each fourth of the visits. @param seed the same visitors, whichever way they are shown something. */
export async function visit(show: Show, visits: number, seed: number, way: Way): Promise<number[]> {
  const random = new FixtureRandom(seed);
  const shares: number[] = [];
  const uniform = (LIKES + (VARIANTS.length - 1) * ELSE) / VARIANTS.length;
  for (let part = 0; part < PARTS; part++) {
    let expected = 0;
    const count = visits / PARTS;
    for (let n = 0; n < count; n++) {
      const liked = VARIANTS[Math.floor(random.next() * VARIANTS.length)]!;
      const { chosen, reward } = await show({ unit: `${way}-${part}-${n}`, context: { taste: `likes ${liked}` } });
      const chance = chosen === liked ? LIKES : ELSE;
      expected += chance;
      await reward(Number(random.next() < chance));
    }
    shares.push((expected / count - uniform) / (LIKES - uniform));
  }
  return shares;
}
