/** Id of the decision of a slot, from 0: what stands before its first dot is that of the call's id, so they lie in one partition. */
export const slotId = (id: string, slot: number): string => (slot === 0 ? id : `${id}.${slot}`);
