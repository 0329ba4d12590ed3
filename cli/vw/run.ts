import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync, statSync } from "node:fs";
import {
  CACHE_MAGIC,
  type CacheKind,
  ExampleCacheReader,
  type ExampleCacheSink,
} from "../../shared/artifact/example-cache.ts";
import { UsageError } from "../command.ts";
import { chunksOf, type OnRead } from "../files/chunks.ts";
import { InputError } from "../files/input-error.ts";
import { LineProblems } from "../files/line-problems.ts";
import { type LineReader, readThrough } from "../files/line-reader.ts";
import { isEmpty } from "../files/lines.ts";
import { readingError } from "../files/reading-error.ts";
import { TO_UTF8 } from "../files/utf8.ts";
import type { Average } from "./average.ts";
import { Events } from "./events.ts";
import { Example } from "./example.ts";
import { ofFormat } from "./first-line.ts";
import { JsonReader } from "./json.ts";
import type { LabelKind } from "./label.ts";
import { lineWithoutDecision } from "./line-without-decision.ts";
import { LoggedDecisions } from "./logged-decisions.ts";
import { OneAgainstAll } from "./one-against-all.ts";
import type { VwOptions } from "./options.ts";
import { Passes } from "./passes.ts";
import type { Problem } from "./problem.ts";
import { Regression } from "./regression.ts";
import { SimulatedDecisions } from "./simulated-decisions.ts";
import { SlotDecisions } from "./slot-decisions.ts";
import { type SlotEvent, SlotEvents } from "./slot-events.ts";
import { type OnDoubt, readLine } from "./text.ts";

/** What came of a file. `heldOut`: the least loss of examples that were held out; null: none were. `notes`: what was left out of it, a sentence each. */
export type VwResult = { average: Average; heldOut: number | null; notes: readonly string[] };

/** Takes the examples, or the events, of a file one by one: as many actions as `count` says, and what they share. They are only valid during the call. */
export type Consumer = {
  example(example: Example): void;
  event(shared: Example | null, actions: readonly Example[], count: number): void;
  slots?(event: SlotEvent): void;
};

/**
 * Learns a file as VW does, each example after it was predicted.
 * @param onRead is told how many more bytes of the file were read, and what the result is so far.
 * @throws UsageError naming the file, or the first line that cannot be read where that ends the reading (`--strict`).
 */
export async function runVw(
  options: VwOptions,
  onRead: (bytes: number, average: Average) => void = () => {},
): Promise<VwResult> {
  const passes = new Passes(options.passes);
  const { average } = passes;
  const problem = problemOf(options);
  const learns = !options.testOnly;
  const to: Consumer = {
    example(example) {
      const heldOut = passes.holdsOut(false);
      problem.example!(example, learns && !heldOut, passes.averageOf(heldOut));
    },
    // VW learns events that are held out, too: only their loss is told apart.
    event: (shared, actions, count) =>
      problem.event!(shared, actions, count, learns, passes.averageOf(passes.holdsOut(true))),
    slots: (event) => problem.slots!(event, learns, passes.averageOf(passes.holdsOut(true))),
  };
  const problems = await readExamples(options, to, (bytes) => onRead(bytes, average));
  if (average.count === 0 && problems.onlyProblem) throw problems.onlyProblem;
  while (passes.end()) {
    problem.endPass();
    await readExamples(options, to);
  }
  return { average, heldOut: passes.leastHeldOut, notes: problems.notes };
}

/**
 * Reads the file of a command line, be it text, JSON or a cache (shared/artifact/example-cache.ts).
 * @returns the lines that could not be used.
 * @throws UsageError naming the file, or the first line that cannot be read where that ends the reading (`--strict`).
 */
export async function readExamples(options: VwOptions, to: Consumer, onRead: OnRead = () => {}): Promise<LineProblems> {
  const source = options.data === "-" ? "standard input" : options.data;
  const problems = new LineProblems(source, options.strict);
  try {
    if (isCache(options.data)) {
      await readCache(options, to, onRead);
      return problems;
    }
  } catch (error) {
    throw readingError(source, 0, error);
  }
  const file = { file: options.data, name: source };
  await readThrough(file, problems, (at) => ofFormat(options.format, lineReader(options, to, problems, at)), onRead);
  return problems;
}

/** What the labels of this command line's examples are. */
function labelsOf({ classes, bandit }: VwOptions): LabelKind {
  if (classes !== null) return "class";
  if (bandit === null) return "simple";
  return bandit.slots === null ? (bandit.simulation?.known ?? "bandit") : "slots";
}

/** Whether several lines make an event, one for each action. */
const hasEvents = ({ bandit }: VwOptions): boolean => bandit !== null && bandit.actions === null;

/**
 * What a cache of the examples of this command line holds.
 * @throws UsageError when there are no such caches.
 */
export function kindOf(options: VwOptions): CacheKind {
  const labels = labelsOf(options);
  if (labels !== "simple" && labels !== "bandit")
    throw new UsageError("Caches hold numbers and decisions of one action only, not these: read the file itself.");
  return hasEvents(options) ? "events" : labels;
}

function problemOf(options: VwOptions): Problem {
  const { classes, bandit } = options;
  if (classes !== null) return new OneAgainstAll(options, classes);
  if (bandit === null) return new Regression(options);
  if (bandit.slots !== null) return new SlotDecisions(options, bandit, bandit.slots.countsAll);
  return bandit.simulation === null
    ? new LoggedDecisions(options, bandit)
    : new SimulatedDecisions(options, bandit, bandit.simulation);
}

function lineReader(options: VwOptions, consumer: Consumer, problems: LineProblems, at: () => number): LineReader {
  const onDoubt = (problem: string): void => problems.doubt(at(), problem);
  const to = doubting(consumer, onDoubt);
  const labels = labelsOf(options);
  if (!hasEvents(options)) return single(options, labels, to, onDoubt);
  if (options.format === "text" && labels === "slots")
    return new SlotEvents((event) => to.slots?.(event), options.hashing, onDoubt);
  if (options.format === "text") {
    const events = new Events(to.event, labels, options.hashing, onDoubt);
    return {
      line: (bytes, start, end) => events.line(bytes, start, end),
      spoil: () => events.spoil(),
      end: () => events.end(),
    };
  }
  const reader = new JsonReader(labels, options.chainHash, options.hashing);
  return perLine((line) => {
    const passedOver = options.format === "dsjson" ? lineWithoutDecision(line) : null;
    if (passedOver !== null) return problems.note(passedOver);
    const document = options.format === "dsjson" ? reader.readDecision(line) : reader.read(line);
    const { head, actions, slots, learn } = document;
    if (actions.length === 0) throw new InputError('a decision needs a list of actions, "_multi"');
    if (!learn) return;
    if (labels === "slots") to.slots?.({ shared: head, actions, slots });
    else to.event(head, actions, actions.length);
  });
}

/** What single precision makes of 1 may be so much above it. */
const ROUNDING = 1e-6;

/** Tells of probabilities that are none. */
function doubting(to: Consumer, onDoubt: OnDoubt): Consumer {
  const check = ({ observed }: Example): void => {
    if (observed !== null && observed.probability > 1 + ROUNDING)
      onDoubt(`the probability ${observed.probability} is above 1, and counts as 1 (as in VW)`);
  };
  return {
    ...to,
    example(example) {
      check(example);
      to.example(example);
    },
    event(shared, actions, count) {
      for (let i = 0; i < count; i++) check(actions[i]!);
      to.event(shared, actions, count);
    },
  };
}

/** Lines that each are an example. */
function single(options: VwOptions, labels: LabelKind, { example: onExample }: Consumer, onDoubt: OnDoubt): LineReader {
  if (options.format !== "text") {
    const reader = new JsonReader(labels, options.chainHash, options.hashing);
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
      readLine(bytes, start, end, labels, example, options.hashing, onDoubt);
      onExample(example);
    },
    spoil() {},
    end() {},
  };
}

/** Whether a file, not a pipe, begins as a cache does. */
function isCache(file: string): boolean {
  if (file === "-" || !statSync(file, { throwIfNoEntry: false })?.isFile()) return false;
  const descriptor = openSync(file, "r");
  try {
    const start = Buffer.alloc(CACHE_MAGIC.length);
    return readSync(descriptor, start) === start.length && start.toString("latin1") === CACHE_MAGIC;
  } finally {
    closeSync(descriptor);
  }
}

async function readCache(options: VwOptions, to: Consumer, onRead: OnRead): Promise<void> {
  const reader = new ExampleCacheReader(cacheSink(options, to));
  for await (const chunk of chunksOf(options.data)) {
    onRead(chunk.length);
    reader.add(chunk);
  }
  reader.end();
}

function cacheSink(options: VwOptions, to: Consumer): ExampleCacheSink {
  const kind = (found: CacheKind): void => {
    const wanted = kindOf(options);
    if (found !== wanted) throw new InputError(`its examples are ${found}, but these options need ${wanted}`);
  };
  if (kindOf(options) === "events") {
    const events = new Events(to.event, "bandit");
    return {
      kind,
      next: () => events.next(),
      filled(last) {
        events.filled();
        if (last) events.end();
      },
    };
  }
  const example = new Example();
  return { kind, next: () => example, filled: () => to.example(example) };
}

function perLine(onLine: (line: string) => void): LineReader {
  const decoder = new TextDecoder();
  return {
    line(bytes, start, end) {
      if (isEmpty(bytes, start, end)) return;
      const line = bytes.subarray(start, end);
      if (!isUtf8(line)) throw new InputError(`it is not UTF-8. ${TO_UTF8}`);
      onLine(decoder.decode(line));
    },
    spoil() {},
    end() {},
  };
}
