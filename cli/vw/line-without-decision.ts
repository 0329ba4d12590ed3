/** Whether a line is one that a decision service writes for itself, as Personalizer's checkpoints are: it is none of the log's, and tells no format. */
export const isServiceLine = (line: string): boolean => /^\s*\[\s*"checkpoint"/.test(line);

/**
 * What a line of a decision service's log (dsjson) is that has no decision; null: it should have one.
 * @returns the end of a sentence that begins with how many such lines there are.
 */
export function lineWithoutDecision(line: string): string | null {
  if (isServiceLine(line)) return "of the service itself passed over (checkpoints)";
  if (line.includes('"RewardValue"') && tells(line, "RewardValue"))
    return "passed over with rewards that came late: decisions count as they were logged";
  if (line.includes('"ActionTaken"') && tells(line, "ActionTaken"))
    return "passed over that say of a decision that its action was shown";
  return null;
}

/** Whether a line names a decision that stands elsewhere, and says something of it. */
function tells(line: string, what: "ActionTaken" | "RewardValue"): boolean {
  try {
    const { c, EventId, [what]: told } = JSON.parse(line);
    return c === undefined && EventId !== undefined && told !== undefined;
  } catch {
    return false;
  }
}
