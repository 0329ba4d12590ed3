import type { Film } from "../../models/home-hero/films.ts";
import type { Decision } from "../client/client.ts";
import type { Latencies } from "./latencies.ts";
import type { Simulation } from "./simulation.ts";

/** What the page shows. */
export type HomeState = {
  decision: Decision | null;
  /** Why the page decided when it did. */
  reason: string;
  /** The model's order: the chosen film, then the others by falling score. Before the first decision: the catalogue. */
  ranked: readonly Film[];
  /** The film whose details are open. */
  opened: Film | null;
  online: boolean;
  /** Records that the edge does not have yet. */
  pending: number;
  /** Newest snapshot that this page has, `home-hero@1.12`. */
  snapshot: string | null;
  /** From feedback at the edge, anyone's, to its effect in this page. */
  feedbackAge: Latencies;
  panelOpen: boolean;
  simulation: Simulation;
  problem: string | null;
};

/** What a visitor can do. */
export type HomeActions = {
  open(film: Film): void;
  close(): void;
  skip(): void;
  togglePanel(): void;
  toggleSimulation(): void;
};
