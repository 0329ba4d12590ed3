import { randomUUID } from "node:crypto";
import { parseArgs } from "node:util";
import { runCommand, wholeNumber } from "../../cli/command.ts";
import { type Connection, connectUntilInterrupted, expectStatus, requireModel } from "../../cli/connection.ts";
import { DEFAULT_URL } from "../../cli/edge-calls.ts";
import { takeKeyOption } from "../../cli/key-option.ts";
import { Progress } from "../../cli/progress.ts";
import { AckLog } from "../ack-log.ts";
import { filmActions, filmById } from "./films.ts";
import { lastQuarter, type Outcome, summarize, tableHead, tableLine } from "./reward-report.ts";
import { bestReward, uniformReward, Visitor } from "./visitors.ts";

/** Drives a running server over HTTP with simulated visitors of the streaming service, and reports what they clicked. */

const MODEL = "home-hero";
const help = `npm run simulate -- [options]

  --visitors N      how many visitors come (500); each makes 6 to 10 decisions
  --concurrency N   how many are there at once (8)
  --seed N          which visitors come (1)
  --url URL         the server (${DEFAULT_URL})
  --ack-log FILE    appends the id of everything the server acknowledges, tab-separated
`;

await runCommand(async () => {
  const { values } = parseArgs({
    args: takeKeyOption(process.argv.slice(2)),
    options: {
      visitors: { type: "string", default: "500" },
      concurrency: { type: "string", default: "8" },
      seed: { type: "string", default: "1" },
      url: { type: "string", default: DEFAULT_URL },
      "ack-log": { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const visitors = wholeNumber("visitors", values.visitors, 1);
  const concurrency = wholeNumber("concurrency", values.concurrency, 1);
  const seed = wholeNumber("seed", values.seed, 0);
  await requireModel(values.url, MODEL, "rank");

  const progress = new Progress(visitors, "visitors");
  const { connection, stop } = connectUntilInterrupted(values.url, (message) => progress.say(message));
  const acknowledged = new AckLog(values["ack-log"]);
  // Decisions of another run are other decisions, though the visitors may be the same.
  const run = randomUUID().slice(0, 8);
  const outcomes: Outcome[] = [];
  let started = 0;
  const visits = Array.from({ length: concurrency }, async () => {
    while (started < visitors && !stop.signal.aborted) {
      await visit(connection, acknowledged, outcomes, new Visitor(`${seed}-${started++}`), run);
      progress.advance(() => `reward ${summarize(outcomes.slice(-1000)).reward.toFixed(3)}`);
    }
  });
  try {
    await Promise.all(visits);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    stop.abort();
    progress.stop();
    acknowledged.close();
    print(outcomes);
  }
});

/** One visitor's visit, in which every decision is answered and every click (or none) told before the next. */
async function visit(
  connection: Connection,
  acknowledged: AckLog,
  outcomes: Outcome[],
  visitor: Visitor,
  run: string,
): Promise<void> {
  const actions = filmActions();
  const session = `${run}-${visitor.session}`;
  for (let n = 0; visitor.next(); n++) {
    const id = `${session}.${n}`;
    const answer = await connection.v1.models[":model"].rank.$post({
      param: { model: MODEL },
      json: {
        id,
        unit: visitor.unit,
        session,
        context: visitor.context,
        events: visitor.eventsBefore(Date.now()),
        actions,
      },
    });
    if (answer.status !== 201) return expectStatus(answer, 201);
    const { chosen } = await answer.json();
    acknowledged.decision(id, chosen);

    const film = filmById(chosen);
    const before = {
      expected: visitor.clickProbability(film),
      uniform: uniformReward(visitor),
      best: bestReward(visitor),
    };
    const reward = Number(visitor.clicks(film));
    const told = await connection.v1.decisions[":id"].feedback.$post({ param: { id }, json: { value: reward } });
    await expectStatus(told, 204);
    await told.arrayBuffer();
    acknowledged.feedback(id, reward);
    outcomes.push({ reward, ...before });
  }
}

function print(outcomes: readonly Outcome[]): void {
  if (outcomes.length === 0) {
    console.log("No decisions were made.");
    return;
  }
  console.log(`\n${tableHead}`);
  for (let start = 0; start < outcomes.length; start += 1000) {
    const part = outcomes.slice(start, start + 1000);
    console.log(tableLine(`${start}-${start + part.length}`, summarize(part)));
  }
  console.log(tableLine("all", summarize(outcomes)));
  console.log(tableLine("last quarter", summarize(lastQuarter(outcomes))));
}
