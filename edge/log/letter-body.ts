import { RECORD_FORMAT } from "../../shared/contract/format.ts";
import type { IncomingActivation, IncomingFeedback } from "./messages.ts";

/** Feedback as it was sent. */
export const feedbackRecord = ({ id, value, claimedAt, final, body }: IncomingFeedback): string =>
  body ?? JSON.stringify({ format: RECORD_FORMAT, id, value, ...(claimedAt !== null && { at: claimedAt }), final });

/** The same of an activation. */
export const activationRecord = ({ id, claimedAt, body }: IncomingActivation): string =>
  body ?? JSON.stringify({ format: RECORD_FORMAT, id, ...(claimedAt !== null && { at: claimedAt }) });
