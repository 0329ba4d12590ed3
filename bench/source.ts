import { FixtureRandom } from "../conformance/random.ts";
import { normalQuantile } from "../shared/math/normal.ts";

/** What made-up data are drawn from: fixed by its seed. */
export class Source extends FixtureRandom {
  normal(): number {
    return normalQuantile(this.next() + 2 ** -40);
  }

  normals(n: number): number[] {
    return Array.from({ length: n }, () => this.normal());
  }
}
