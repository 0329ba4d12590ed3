import type { Example, LogPage, Position, Slice } from "../edge/log/messages.ts";
import type { ModelVersions, RegisteredExclusion, RegisteredVersion } from "../edge/registry/messages.ts";
import { Invariants } from "../edge/storage/invariants.ts";
import { Checkpoint } from "../edge/training/checkpoint.ts";
import { DEATHS } from "../edge/training/limits.ts";
import type { TrainerStatus } from "../edge/training/messages.ts";
import { canonicalJson } from "../shared/contract/canonical.ts";
import type { Directory } from "../shared/contract/directory.ts";
import type { Exclusion, Exclusions } from "../shared/contract/exclusion.ts";
import type { LogRow } from "../shared/contract/log-page.ts";
import type { Publication } from "../shared/contract/publication.ts";
import { snapshotNumber } from "../shared/contract/snapshot-number.ts";
import { modelSpec } from "../shared/contract/spec.ts";
import { applyDelta } from "../shared/heads/delta.ts";
import { encodeSnapshot } from "../shared/heads/encode-snapshot.ts";
import { decodeSnapshot } from "../shared/heads/snapshot.ts";
import { Contributions } from "../shared/versions/contributions.ts";
import { joinRules } from "../shared/versions/join.ts";
import { learnExample } from "../shared/versions/learn-example.ts";
import { ModelLearner } from "../shared/versions/model-learner.ts";
import { checkErased } from "./check-erased.ts";
import { activationKey, decisionKey, feedbackKey } from "./ledger.ts";
import { isLogged } from "./mirror.ts";
import type { Parts } from "./parts.ts";
import type { SimulatedObject } from "./platform/objects.ts";
import { MODEL } from "./records.ts";

/** What a partition may have to do, and how that is seen. */
const WORK_OF_PARTITIONS = [
  ["units to erase", "SELECT 1 FROM erasures WHERE state <> 'done'"],
  ["something to write over", "SELECT 1 FROM scrub WHERE wanted"],
  ["something to write over", "SELECT 1 FROM zeros"],
  ["files that are in no segment", "SELECT 1 FROM uploads"],
  ["files that are not in the manifest", "SELECT 1 FROM segments WHERE NOT listed"],
  ["records that are past", "SELECT 1 FROM expiring WHERE time IS NOT NULL"],
] as const;

/** What of an edge is still to be done; null when it is quiet: all is sent, learned, published and pointed to. Read from the disks, so that looking changes nothing. */
export function isQuiet({ platform, pages, callers, operator }: Parts): string | null {
  const busy = pages.find((page) => !page.idle);
  if (busy) return `${busy.name} has ${busy.waiting} items`;
  if (callers.open > 0) return `${callers.open} calls are under way`;
  if (!operator.idle) return "a change is under way";
  const { PARTITION, TRAINER, REGISTRY } = platform.namespaces;
  const [effect] = rows<{ kind: string; target: string }>(REGISTRY!.object("registry"), "SELECT * FROM effects");
  if (effect) return `the registry has to ${effect.kind} ${effect.target}`;
  if (rows(REGISTRY!.object("registry"), "SELECT 1 FROM erasures WHERE done_at IS NULL").length > 0)
    return "units are being erased";
  const relearns =
    "SELECT 1 FROM relearning WHERE wanted_at IS NOT NULL OR (begun_at IS NOT NULL AND ended_at IS NULL)";
  if (rows(REGISTRY!.object("registry"), relearns).length > 0) return "the log is to be learned again";
  for (const [name, partition] of PARTITION!.objects)
    for (const [what, query] of WORK_OF_PARTITIONS)
      if (rows(partition, `${query} LIMIT 1`).length > 0) return `partition ${name} has ${what}`;
  for (const [name, trainer] of TRAINER!.objects) {
    if (!isMade(trainer)) continue;
    const [version] = rows<{ stage: string; beginning: number }>(trainer, "SELECT stage, beginning FROM version");
    if (version!.stage === "retired") continue;
    for (const [partition, object] of PARTITION!.objects) {
      const [{ newest }] = rows<{ newest: number }>(
        object,
        "SELECT ifnull(max(offset), 0) AS newest FROM log WHERE model IS NOT NULL",
      ) as [{ newest: number }];
      const at = checkpointOf(trainer).places().get(partition)?.position.rows ?? 0;
      if (at < newest) return `${name} is at ${at} of ${newest} in partition ${partition}`;
    }
    const [state] = rows<{ examples: number }>(trainer, "SELECT examples FROM checkpoint");
    const [newest] = rows<{ publication: string; beginning: number }>(trainer, "SELECT * FROM newest");
    const publication = newest && (JSON.parse(newest.publication) as Publication);
    const isCurrent = newest?.beginning === version!.beginning && publication?.examples === (state?.examples ?? 0);
    if (!publication || !isCurrent) return `${name} has not published all that it has learned`;
    const pointer = platform.bucket.json<Publication>(`pointers/versions/${MODEL}/${name.slice(MODEL.length + 1)}`);
    if (!pointer || snapshotNumber(pointer) !== snapshotNumber(publication))
      return `the pointer of ${name} lags behind`;
  }
  return null;
}

/** An archive reader that keeps what it has read; null when none does. Each forgets it when its alarm rings, by a clock that may have been put back since that was set. */
export const remembers = ({ platform }: Parts): SimulatedObject | null =>
  [...platform.namespaces.ARCHIVE_READER!.objects.values()].find(
    (reader) => rows(reader, "SELECT 1 FROM sqlite_master WHERE name = 'log'").length > 0,
  ) ?? null;

/** Looks whether all is as it must be. @param lost what may be missing, with a disk that was lost. @returns what was learned. */
export async function check(
  parts: Parts,
  lost: readonly ("records" | "log" | "versions")[],
): Promise<{ examples: number; setAside: number }> {
  await checkLog(parts, lost.includes("records"));
  if (lost.length === 0) await checkErased(parts);
  if (lost.length === 0) checkManifests(parts);
  const versions = await checkRegistry(parts, lost.includes("versions"));
  let examples = 0;
  let setAside = 0;
  for (const version of versions) {
    if (!version.ready || version.stage === "retired") continue;
    // What was learned of a log that is gone cannot be learned again.
    if (lost.includes("log")) continue;
    const learned = await checkTrainer(parts, version);
    examples += learned.examples;
    setAside += learned.setAside;
  }
  return { examples, setAside };
}

/** Every acknowledged record is in the log once, over its files and the part that is not archived, as it was logged and sent; none that nobody sent is; and what is past is gone. */
async function checkLog({ world, platform, ledger, mirror, partitions }: Parts, mayMiss: boolean): Promise<void> {
  const logged = new Map<string, number>();
  for (let partition = 0; partition < partitions; partition++) {
    let after = 0;
    let before = 0;
    const left = new Set(mirror.of(`${partition}`).keys());
    for (let page: LogPage; ; after = page.next) {
      page = await ask({ world, platform }, "PARTITION", `${partition}`, "page", { after, limit: 500, model: null });
      for (const row of page.rows) {
        const key = keyOf(row);
        logged.set(key, (logged.get(key) ?? 0) + 1);
        if (row.receivedAt < before) world.violated(`the time of partition ${partition} falls at offset ${row.offset}`);
        before = row.receivedAt;
        left.delete(row.offset);
        if (mayMiss) continue;
        if (!isLogged(row, mirror.of(`${partition}`).get(row.offset)))
          world.violated(`${key} at offset ${row.offset} of partition ${partition} is not what was logged`);
        if (row.kind === "decision" && canonicalJson(JSON.parse(row.record!)) !== ledger.decisions.get(row.id)?.record)
          world.violated(`the record of ${key} is not what was sent`);
        if (row.kind === "decision" && row.receivedAt < ledger.pastUntil - MAX_SKEW)
          world.violated(`${key} is in the log, and its retention is over`);
      }
      if (page.next >= page.newest) break;
    }
    for (const offset of left) {
      const { kind, id } = mirror.of(`${partition}`).get(offset)!;
      if (!mayMiss && !ledger.mayBeGone(id))
        world.violated(`${kind} ${id} was durable at offset ${offset} of partition ${partition}, and is gone`);
    }
  }
  for (const [key, times] of logged) {
    if (times !== 1) world.violated(`${key} is in the log ${times} times`);
    if (!ledger.sent.has(key)) world.violated(`${key} is in the log and was never sent`);
  }
  for (const key of ledger.acknowledged) {
    if (mayMiss || logged.has(key) || ledger.mayBeGone(key.split(" ")[1]!)) continue;
    const refused = [...ledger.refused].find(([start]) => key.startsWith(start));
    world.violated(`${key} was acknowledged and is not in the log${refused ? `: ${refused[1]}` : ""}`);
  }
}

/** The manifests in the store name the files that partitions have their rows in, and these are there. */
function checkManifests({ world, platform }: Parts): void {
  const files = (segments: readonly { first: number; sha256: string }[]) =>
    canonicalJson(segments.map(({ first, sha256 }) => `${first} ${sha256}`));
  for (const [name, partition] of platform.namespaces.PARTITION!.objects) {
    const keys = [...platform.bucket.stored.keys()].filter((key) => key.startsWith(`log/${name}/`)).sort();
    const listed = keys
      .filter((key) => key.endsWith(".json"))
      .flatMap(
        (key) => platform.bucket.json<{ segments: { first: number; sha256: string; key: string }[] }>(key)!.segments,
      );
    const query = "SELECT first, sha256 FROM segments WHERE sha256 <> '' ORDER BY number";
    const own = rows<{ first: number; sha256: string }>(partition, query);
    if (files(listed) !== files(own))
      world.violated(`the manifest of partition ${name} has ${files(listed)}, and the partition ${files(own)}`);
    for (const { key } of listed)
      if (!platform.bucket.stored.has(key))
        world.violated(`the manifest of partition ${name} names ${key}, which is not there`);
  }
}

/** One version is live, the directory in the store is what the registry says, and no deployment that was acknowledged is missing. */
async function checkRegistry({ world, platform, ledger }: Parts, mayMiss: boolean): Promise<RegisteredVersion[]> {
  const known: ModelVersions | null = await ask({ world, platform }, "REGISTRY", "registry", "versions", MODEL);
  const versions = known?.versions ?? [];
  for (const number of ledger.deployed)
    if (!mayMiss && !versions.some(({ version }) => version === number))
      world.violated(`version ${number} was deployed and is not there`);
  const live = versions.filter(({ stage }) => stage === "live");
  if (live.length !== 1) world.violated(`${live.length} versions are live`);
  const pointer = platform.bucket.json<{ sha256: string; number: number }>("pointers/directory");
  const directory = pointer && platform.bucket.json<Directory>(`artifacts/${pointer.sha256}`);
  const stages = (list: readonly Pick<RegisteredVersion, "version" | "stage">[]) =>
    canonicalJson(list.map(({ version, stage }) => ({ version, stage })));
  const listed = stages(directory?.models[MODEL]?.versions ?? []);
  const expected = stages(versions.filter(({ ready, stage }) => ready && stage !== "retired"));
  if (listed !== expected) world.violated(`the directory has ${listed}, and the registry ${expected}`);
  for (const { version, stage } of versions) {
    const trainer = platform.namespaces.TRAINER!.object(`${MODEL}@${version}`);
    const [told] = isMade(trainer) ? rows<{ stage: string }>(trainer, "SELECT stage FROM version") : [];
    if (told && told.stage !== stage)
      world.violated(`trainer ${version} takes itself for ${told.stage}, and is ${stage}`);
  }
  return versions;
}

/** How far a clock may be from the world's, ms: it may be put elsewhere more than once. */
export const MAX_SKEW = 6 * 3_600_000;

/** The learner is, to the bit, what a calm run makes of the logs, and the newest snapshot is what it has learned. */
async function checkTrainer(
  of: Parts,
  { version }: RegisteredVersion,
): Promise<{ examples: number; setAside: number }> {
  const { world, platform } = of;
  const reader = `${MODEL}@${version}`;
  const trainer = platform.namespaces.TRAINER!.object(reader);
  const spec = modelSpec.parse(JSON.parse(rows<{ spec: string }>(trainer, "SELECT spec FROM version")[0]!.spec));
  const asides = new Set(
    rows<{ partition: string; decision: number }>(
      trainer,
      "SELECT partition, decision FROM attempts WHERE deaths >= ?",
      DEATHS,
    ).map(({ partition, decision }) => `${partition} ${decision}`),
  );
  const read = async (partition: string, from: Position | null, upto: Position | null): Promise<Example[]> => {
    const examples: Example[] = [];
    for (let at = from; ; ) {
      const request = { reader, model: MODEL, rules: joinRules(spec), from: at, upto, limit: 1000 };
      const slice: Slice = await ask({ world, platform }, "PARTITION", partition, "read", request);
      if (slice.rewound) world.violated(`partition ${partition} has not got what ${reader} learned`);
      examples.push(...slice.examples);
      at = slice.to;
      if (!slice.more || slice.rewound) return examples;
    }
  };
  const exclusions = await checkExclusions(of, trainer);
  const checkpoint = checkpointOf(trainer);
  const learner = new ModelLearner(spec);
  const contributions = new Contributions(spec.perHour);
  const positions = new Map<string, Position>();
  const learned = new Map<string, Example[]>();
  for (let next = checkpoint.nextLearnt(0); next; next = checkpoint.nextLearnt(next.number)) {
    const { partition, to: upto } = next;
    const examples = await read(partition, positions.get(partition) ?? null, upto);
    for (const example of examples) {
      if (asides.has(`${partition} ${example.decision}`)) continue;
      const as = learnExample(learner, contributions, example, exclusions);
      if (typeof as === "object" && "unlearned" in as)
        world.violated(`${reader} cannot learn ${example.record}: ${as.unlearned}`);
    }
    positions.set(partition, upto);
    learned.set(partition, [...(learned.get(partition) ?? []), ...examples]);
  }
  for (const partition of platform.namespaces.PARTITION!.objects.keys()) {
    const told = (examples: readonly Example[]) =>
      examples.map(({ decision, value }) => `${decision}=${value}`).join(" ");
    const all = told(await read(partition, null, null));
    const some = told(learned.get(partition) ?? []);
    if (all !== some)
      world.violated(`${reader} has learned of partition ${partition} [${some}], where there is [${all}]`);
  }
  const status: TrainerStatus = await ask({ world, platform }, "TRAINER", reader, "status");
  if (status.examples !== learner.examples)
    world.violated(`${reader} has ${status.examples} examples, a calm run ${learner.examples}`);
  const kept = checkpoint.state();
  if (learner.examples > 0 && !(kept && Buffer.concat(learner.written().parts()).equals(kept)))
    world.violated(`the weights of ${reader} are not those of a calm run`);
  const counted = checkpoint.contributions();
  if (counted && !Buffer.from(contributions.state()).equals(counted))
    world.violated(`what ${reader} has learned of whom is not what a calm run has`);
  const { publication } = status;
  const bytes = (sha256: string) => platform.bucket.stored.get(`artifacts/${sha256}`)?.bytes;
  const base = bytes(publication.snapshot.sha256);
  const delta = publication.delta && bytes(publication.delta.sha256);
  if (!base || (publication.delta && !delta)) world.violated(`the newest snapshot of ${reader} is not in the store`);
  else {
    const snapshot = delta ? applyDelta(decodeSnapshot(base), delta) : decodeSnapshot(base);
    const calm = learner.snapshot(version, snapshotNumber(publication));
    if (!Buffer.from(encodeSnapshot(snapshot)).equals(Buffer.from(encodeSnapshot(calm))))
      world.violated(`the newest snapshot of ${reader} is not that of a calm run`);
  }
  world.trace(`${reader}: ${status.examples} examples, ${status.publication.snapshot.sha256}`);
  return { examples: status.examples, setAside: asides.size };
}

/** A trainer leaves out what the registry says, and the store has it. @returns what that is. */
async function checkExclusions({ world, platform }: Parts, trainer: SimulatedObject): Promise<Exclusion[]> {
  const all: RegisteredExclusion[] = await ask({ world, platform }, "REGISTRY", "registry", "exclusions", MODEL);
  const held = all.filter(({ endedAt }) => endedAt === null);
  const list = held.map(({ number: _, createdAt: __, endedAt: ___, ...exclusion }) => exclusion);
  const [row] = rows<{ exclusions: string }>(trainer, "SELECT exclusions FROM version");
  const { list: told } = JSON.parse(row!.exclusions) as Exclusions;
  if (canonicalJson(told) !== canonicalJson(list))
    world.violated(`${trainer.name} leaves out ${row!.exclusions}, and is to leave out ${canonicalJson(list)}`);
  return list;
}

const keyOf = (row: LogRow): string => {
  if (row.kind === "decision") return decisionKey(row);
  if (row.kind === "activation") return activationKey(row);
  return feedbackKey({ id: row.id, at: row.claimedAt ?? undefined, value: row.value!, final: row.final === true });
};

/** How many rows of logs are in files. */
export const archivedRows = ({ platform }: Parts): number =>
  [...platform.namespaces.PARTITION!.objects.values()].reduce(
    (sum, partition) => sum + rows<{ n: number }>(partition, "SELECT ifnull(sum(rows), 0) AS n FROM segments")[0]!.n,
    0,
  );

/** Asks an object something, and lets the world go on until it has answered. */
async function ask<T>(
  { world, platform }: Pick<Parts, "world" | "platform">,
  binding: string,
  name: string,
  method: string,
  ...given: unknown[]
): Promise<T> {
  let answered = false;
  const answer = platform.namespaces[binding]!.getByName(name)[method]!(...given) as Promise<T>;
  const over = () => {
    answered = true;
  };
  answer.then(over, over);
  await world.run(() => answered);
  if (!answered) throw new Error(`${binding} ${name} does not answer ${method}`);
  return answer;
}

const isMade = (trainer: SimulatedObject): boolean =>
  rows(trainer, "SELECT 1 FROM sqlite_master WHERE name = 'version'").length > 0;

const checkpointOf = ({ disk }: SimulatedObject): Checkpoint =>
  new Checkpoint({ sql: disk.sql } as unknown as DurableObjectStorage, new Invariants("what is looked at"));

const rows = <T>({ disk }: SimulatedObject, query: string, ...bindings: unknown[]): T[] =>
  disk.sql.exec(query, ...bindings).toArray() as T[];
