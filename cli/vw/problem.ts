import type { Average } from "./average.ts";
import type { Example } from "./example.ts";
import type { SlotEvent } from "./slot-events.ts";

/** What is learned of a file: each has the kind of examples that it is made of. */
export interface Problem {
  /** @param learns else it is predicted only. @param average where the loss counts. */
  example?(example: Example, learns: boolean, average: Average): void;
  /** @param actions of which the first `count` are meant. */
  event?(shared: Example | null, actions: readonly Example[], count: number, learns: boolean, average: Average): void;
  slots?(event: SlotEvent, learns: boolean, average: Average): void;
  /** After each reading of the file. */
  endPass(): void;
}
