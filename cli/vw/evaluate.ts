import { UsageError } from "../command.ts";
import { Average } from "./average.ts";
import { Bandit } from "./bandit.ts";
import { Events, isEmpty } from "./events.ts";
import { Example } from "./example.ts";
import { InputError } from "./input-error.ts";
import { JsonReader } from "./json.ts";
import { type OnLine, readLines } from "./lines.ts";
import type { VwOptions } from "./options.ts";
import { Regression } from "./regression.ts";
import { readLine } from "./text.ts";

/** Takes the lines of a file one by one. */
type LineLearner = { line: OnLine; end(): void };

/**
 * Learns a file in one pass, as VW does, each example after it was predicted.
 * @param onRead is told how many more bytes of the file were read, and what the result is so far.
 * @throws UsageError naming the line that cannot be read, or the file.
 */
export async function evaluate(
  options: VwOptions,
  onRead: (bytes: number, average: Average) => void = () => {},
): Promise<Average> {
  const average = new Average();
  const source = options.data === "-" ? "standard input" : options.data;
  let line = 0;
  try {
    const learner = lineLearner(options, average);
    await readLines(
      options.data,
      (bytes, start, end) => {
        line++;
        learner.line(bytes, start, end);
      },
      (bytes) => onRead(bytes, average),
    );
    learner.end();
  } catch (error) {
    if (error instanceof InputError || error instanceof RangeError)
      throw new UsageError(`${source}, line ${line}: ${error.message}`);
    const { code, message } = error as NodeJS.ErrnoException;
    if (typeof code === "string") throw new UsageError(`${source} cannot be read: ${message}`);
    throw error;
  }
  return average;
}

function lineLearner(options: VwOptions, average: Average): LineLearner {
  if (options.bandit === null) {
    const regression = new Regression(options, average);
    return single(options, "simple", (example) => regression.example(example));
  }
  const bandit = new Bandit(options, options.bandit, average);
  if (options.bandit.actions !== null) return single(options, "bandit", (example) => bandit.line(example));
  if (options.format === "text") {
    const events = new Events((shared, actions, count) => bandit.event(shared, actions, count));
    return {
      line: (bytes, start, end) => events.line(bytes, start, end),
      end: () => events.end(),
    };
  }
  const reader = new JsonReader("bandit", options.chainHash);
  return perLine((line) => {
    const { head, actions, learn } = options.format === "dsjson" ? reader.readDecision(line) : reader.read(line);
    if (actions.length === 0) throw new InputError('a decision needs a list of actions, "_multi"');
    if (learn) bandit.event(head, actions, actions.length);
  });
}

/** Lines that each are an example. */
function single(options: VwOptions, labels: "simple" | "bandit", onExample: (example: Example) => void): LineLearner {
  if (options.format !== "text") {
    const reader = new JsonReader(labels, options.chainHash);
    return perLine((line) => {
      const { head, actions } = reader.read(line);
      if (actions.length > 0) throw new InputError("a list of actions needs --cb_explore_adf");
      onExample(head);
    });
  }
  const example = new Example();
  return {
    line(bytes, start, end) {
      if (isEmpty(bytes, start, end)) return;
      readLine(bytes, start, end, labels, example);
      onExample(example);
    },
    end() {},
  };
}

function perLine(onLine: (line: string) => void): LineLearner {
  const decoder = new TextDecoder();
  return {
    line(bytes, start, end) {
      if (!isEmpty(bytes, start, end)) onLine(decoder.decode(bytes.subarray(start, end)));
    },
    end() {},
  };
}
