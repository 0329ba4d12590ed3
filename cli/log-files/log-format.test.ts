import { expect, test } from "vitest";
import { recognise } from "./log-format.ts";

const decision = '{"_label_cost":0,"EventId":"e","a":[1],"p":[1],"c":{"U":{"d":1},"_multi":[{}]}}';

test.each<[string, string[], string]>([
  ["a first line that was cut at its end", ['{"_label_cost":0,"Timest', decision], "dsjson"],
  ["a first line that was cut at its beginning", ['5,"a":[1]}', decision], "dsjson"],
  ["a first line that says that an action was shown", ['{"EventId":"x","ActionTaken":true}', decision], "dsjson"],
  ["a namespace c", ['{"c":{"d":1},"_multi":[{}]}'], "json"],
  ["a namespace decision", ['{"decision":{"d":1},"_multi":[{}]}'], "json"],
  ["a record", ['{"decision":{"task":"rank"},"value":1}'], "edgewise"],
  ["bars", ["shared |u a", "|i b"], "vw"],
  ["a header", ["action,reward,propensity", "0,1,1"], "csv"],
])("tells the format of a log with %s", (_, lines, format) => {
  expect(recognise(lines)).toBe(format);
});

test.each<[string[], string]>([
  [["{", '  "c": {'], "jq -c . FILE"],
  [[`{"events":[${decision}]}`], "jq -c '.events[]' FILE"],
])("says what to do with other JSON: %j", (lines, advice) => {
  expect(() => recognise(lines)).toThrow(advice);
});
