import { Bucket } from "./bucket.ts";
import { Namespace, type ObjectClass, type SimulatedObject } from "./objects.ts";

/** What wrangler.toml binds, simulated. */
export class Platform {
  readonly bucket = new Bucket();
  /** As the code under test sees it. */
  readonly env: Record<string, unknown>;
  readonly namespaces: Readonly<Record<string, Namespace>>;

  /** @param classes by their binding. */
  constructor(classes: Readonly<Record<string, ObjectClass>>, vars: Readonly<Record<string, string>>) {
    this.env = { ...vars, ARTIFACTS: this.bucket };
    this.namespaces = Object.fromEntries(
      Object.entries(classes).map(([binding, objectClass]) => [
        binding,
        new Namespace(binding.toLowerCase(), objectClass, this.env),
      ]),
    );
    Object.assign(this.env, this.namespaces);
  }

  get objects(): SimulatedObject[] {
    return Object.values(this.namespaces).flatMap(({ objects }) => [...objects.values()]);
  }

  close(): void {
    for (const { disk } of this.objects) disk.sql.close();
  }
}
