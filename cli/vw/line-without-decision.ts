/** Whether a line is one that a decision service writes for itself, as Personalizer's checkpoints are: it is none of the log's, and tells no format. */
export const isServiceLine = (line: string): boolean => /^\s*\[\s*"checkpoint"/.test(line);

/**
 * What a line of a decision service's log (dsjson) is that has no decision; null: it should have one.
 * @returns the end of a sentence that begins with how many such lines there are.
 */
export function lineWithoutDecision(line: string): string | null {
  if (isServiceLine(line)) return "of the service itself passed over (checkpoints)";
  if (line.includes('"RewardValue"') && isLateReward(line))
    return "passed over with rewards that came late: decisions count as they were logged";
  if (line.includes('"ActionTaken"') && isActivation(line))
    return "passed over that say of a decision that its action was shown";
  return null;
}

function isActivation(line: string): boolean {
  try {
    const { c, EventId, ActionTaken } = JSON.parse(line);
    return c === undefined && EventId !== undefined && ActionTaken !== undefined;
  } catch {
    return false;
  }
}

function isLateReward(line: string): boolean {
  try {
    const { c, EventId, RewardValue } = JSON.parse(line);
    return c === undefined && EventId !== undefined && RewardValue !== undefined;
  } catch {
    return false;
  }
}
