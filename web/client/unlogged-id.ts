import { randomId } from "./random-id.ts";

/** Ids of what is not logged begin so. There can be no feedback for them. */
export const UNLOGGED = "unlogged-";

export const unloggedId = (): string => `${UNLOGGED}${randomId()}.0`;
