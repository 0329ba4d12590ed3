import type { ActionIndex } from "./expander.ts";

/**
 * How VW's `--cb K` and `--cb_explore K` make features of K actions from one line: the lowest bits of a feature's index make room for the
 * number of the action. So they are lost: features that differ only there are one.
 * @param models how many models there are in the table.
 */
export function indexOfAction(actions: number, models: number): ActionIndex {
  const shift = Math.ceil(Math.log2(models));
  const lost = Math.floor(Math.log2(actions * models)) + 1;
  const kept = ~(2 ** lost - 1);
  // With a power of two of models all indices are multiples of it: the table of one model needs no room for the others.
  const unused = 2 ** shift === models ? shift : 0;
  return (hash, action) => ((((hash << shift) & kept) + models * action) >>> unused) >>> 0;
}

/** By how many bits the table of one of the models is smaller than the table of all. */
export function bitsOfModels(models: number, perAction: boolean): number {
  const bits = Math.ceil(Math.log2(models));
  return perAction && 2 ** bits !== models ? 0 : bits;
}
