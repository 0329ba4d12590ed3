import { describe, expect, test } from "vitest";
import { replayCommand } from "./replay.ts";

describe("replay refuses, naming the option,", () => {
  test.each([
    [[], "Name one model."],
    [["films", "--version", "x"], "--version must be a whole number of at least 1"],
    [["films", "--from", "yesterday"], '--from must be a time such as 2026-11-29T10:00:00Z, not "yesterday".'],
    [["films", "--from", "2026-11-02", "--to", "2026-11-01"], "--to must be later than --from."],
    [["films", "--graph", "a.onnx"], "--graph is for --spec."],
    [["films", "--spec", "none.json"], "There is no file none.json."],
    [["films", "--url", "http://localhost:1", "--state-dir", "x"], "give one of them"],
  ])("%j", async (args, problem) => {
    await expect(replayCommand(args)).rejects.toThrow(problem);
  });
});
