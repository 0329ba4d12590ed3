import { expect, test } from "vitest";
import { sessionEvents } from "../../shared/contract/record.ts";
import { filmById, films } from "./films.ts";
import { bestReward, LONGEST_VISIT, uniformReward, Visitor } from "./visitors.ts";

/** Runs a visit in which the hero is always `hero`. */
function visit(seed: number | string, hero = films[0]!) {
  const visitor = new Visitor(seed);
  const clicks: boolean[] = [];
  while (visitor.next()) clicks.push(visitor.clicks(hero));
  return { visitor, clicks };
}

test("the seed alone decides a visit", () => {
  const a = visit("seed");
  const b = visit("seed");
  expect(b.clicks).toEqual(a.clicks);
  expect(b.visitor.events).toEqual(a.visitor.events);
  expect(b.visitor.context).toEqual(a.visitor.context);
  expect(visit("another seed").visitor.events).not.toEqual(a.visitor.events);
});

test("events are valid and ordered, lie behind the clock, and a visit ends within the longest", () => {
  for (let seed = 0; seed < 200; seed++) {
    const { visitor, clicks } = visit(seed);
    expect(clicks.length).toBeGreaterThanOrEqual(6);
    expect(clicks.length).toBeLessThanOrEqual(10);
    expect(sessionEvents.safeParse(visitor.events).error).toBeUndefined();
    const times = visitor.events.map((e) => e.at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.at(-1)!).toBeLessThanOrEqual(visitor.now);
    expect(visitor.now).toBeLessThan(LONGEST_VISIT);
  }
});

test("events can be laid behind another clock without changing the time between them", () => {
  const { visitor } = visit(3);
  const moved = visitor.eventsBefore(1_700_000_000_000);
  const shift = 1_700_000_000_000 - visitor.now;
  expect(moved.map((e) => e.at - shift)).toEqual(visitor.events.map((e) => e.at));
});

test("clicks follow the click probability, which is between .02 and .6", () => {
  let expected = 0;
  let clicked = 0;
  for (let seed = 0; seed < 2000; seed++) {
    const visitor = new Visitor(seed);
    visitor.next();
    const hero = films[seed % films.length]!;
    const p = visitor.clickProbability(hero);
    expect(p).toBeGreaterThanOrEqual(0.02);
    expect(p).toBeLessThanOrEqual(0.6);
    expected += p;
    clicked += Number(visitor.clicks(hero));
  }
  expect(Math.abs(clicked - expected)).toBeLessThan(4 * Math.sqrt(expected));
});

test("what a visitor opens shows its taste, and a film just opened is less attractive", () => {
  let opened = 0;
  let all = 0;
  for (let seed = 0; seed < 300; seed++) {
    const { visitor } = visit(seed);
    for (const e of visitor.events)
      opened += visitor.affinity(filmById(String(e.properties.item))) / visitor.events.length;
    all += films.reduce((sum, f) => sum + visitor.affinity(f), 0) / films.length;
  }
  expect(opened / 300).toBeGreaterThan(all / 300 + 0.3);

  const visitor = new Visitor(1);
  visitor.next();
  const film = films.reduce((a, b) => (visitor.affinity(b) > visitor.affinity(a) ? b : a));
  const before = visitor.clickProbability(film);
  visitor.clicks(film, 0);
  expect(visitor.clickProbability(film)).toBeLessThan(before);
});

test("the best reward is the most that any film gets and the uniform one the mean", () => {
  const visitor = new Visitor(5);
  visitor.next();
  const p = films.map((f) => visitor.clickProbability(f));
  expect(bestReward(visitor)).toBe(Math.max(...p));
  expect(uniformReward(visitor)).toBeCloseTo(p.reduce((a, b) => a + b) / p.length, 12);
  expect(bestReward(visitor, films.slice(0, 1))).toBe(p[0]);
});
