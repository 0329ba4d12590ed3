/** The weight, moved by `gravity` towards 0 but not beyond. */
export function truncate(weight: number, gravity: number): number {
  if (weight > gravity) return weight - gravity;
  return weight < -gravity ? weight + gravity : 0;
}
