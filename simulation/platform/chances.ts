/** How likely faults are, each a number from 0 to 1. */
export type Chances = {
  /** That an actor ends at a point where it could. */
  crash: number;
  /** That a message is lost on its way, or its answer is: its sender is told of an error, sooner or later. */
  lose: number;
  /** That a message arrives long after its sender was told that it was lost. */
  late: number;
  /** That something takes long, and how long that is at most, ms. */
  slow: number;
  most: number;
  /** That a write to the store fails. */
  store: number;
  /** That a commit is not confirmed at once, but after further turns. */
  unconfirmed: number;
  /** That a clock is put forward or back when an object starts. */
  clock: number;
};

export const NO_CHANCES: Chances = {
  crash: 0,
  lose: 0,
  late: 0,
  slow: 0,
  most: 0,
  store: 0,
  unconfirmed: 0,
  clock: 0,
};

/** What a seed has in store: some go wrong here and there, some all the time. */
export function chancesOf(draw: () => number): Chances {
  const upTo = (most: number): number => (draw() < 0.3 ? 0 : most * draw() ** 2);
  return {
    crash: draw() < 0.1 ? 0 : 0.001 + 0.06 * draw() ** 2,
    lose: upTo(0.15),
    late: upTo(0.05),
    slow: upTo(0.3),
    most: draw() < 0.3 ? 20_000 : 500,
    store: upTo(0.2),
    unconfirmed: upTo(0.5),
    clock: upTo(0.3),
  };
}
