/** What one decision earned, and what the best possible and a uniformly random one would have earned on average. */
export type Earned = { reward: number; best: number; uniform: number };

/** Moving averages over the last `window` decisions, one point every `every` decisions: columns as uPlot takes them. */
export class RewardSeries {
  readonly columns: [decisions: number[], reward: number[], uniform: number[], best: number[]] = [[], [], [], []];
  readonly #recent: Earned[] = [];
  readonly #window: number;
  readonly #every: number;
  #count = 0;

  constructor(window = 200, every = 10) {
    this.#window = window;
    this.#every = every;
  }

  /** Decisions so far. */
  get count(): number {
    return this.#count;
  }

  add(earned: Earned): void {
    this.#recent.push(earned);
    if (this.#recent.length > this.#window) this.#recent.shift();
    if (++this.#count % this.#every !== 0) return;
    const { reward, uniform, best } = this.average;
    const [decisions, rewards, uniforms, bests] = this.columns;
    decisions.push(this.#count);
    rewards.push(reward);
    uniforms.push(uniform);
    bests.push(best);
  }

  /** Over the window; zeros before the first decision. */
  get average(): Earned {
    const n = Math.max(1, this.#recent.length);
    const mean = (of: (e: Earned) => number) => this.#recent.reduce((sum, e) => sum + of(e), 0) / n;
    return { reward: mean((e) => e.reward), best: mean((e) => e.best), uniform: mean((e) => e.uniform) };
  }

  /** How far the average is on the way from uniform (0) to best (1); null before the first decision. */
  get progress(): number | null {
    const { reward, best, uniform } = this.average;
    return best > uniform ? (reward - uniform) / (best - uniform) : null;
  }
}
