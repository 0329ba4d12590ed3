import type { Stage } from "../../shared/contract/directory.ts";
import type { Learned, Publication } from "../../shared/contract/publication.ts";
import type { Position } from "../log/messages.ts";

/** What the registry and the Worker say to a trainer, and what it answers. A trainer's name is `model@version`. */

/** Which version it trains. All but the stage never changes. */
export type TrainerConfig = {
  model: string;
  version: number;
  /** The spec as canonical JSON. */
  spec: string;
  stage: Stage;
};

export type TrainerStatus = Learned & {
  model: string;
  version: number;
  stage: Stage;
  publication: Publication;
  /** Examples that could not be learned. */
  unlearnable: number;
  /** Feedback that came too late to count. */
  late: number;
  /** Whether it has been at the end of every partition since it began or began anew, and has published what it learned there. */
  caughtUp: boolean;
  /** Up to where each partition is learned and committed, and the newest row that is known of. */
  partitions: { partition: string; position: Position | null; newest: number }[];
};
