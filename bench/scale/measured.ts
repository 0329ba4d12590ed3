/**
 * What the simulation of scale reckons with. RAW is what `node bench/scale/measure.ts` printed on 2 shared cores of an AMD EPYC, Node 24.21, on 2026-11-29: CPU time of workerd, ms, one run, on a
 * machine that was busy with other things. How fast a thread of the platform is, nobody says.
 */
const RAW = {
  /** POST /v1/batch with a decision of home-hero (30 films, a graph), and with feedback: Worker and partition. */
  batchOfDecision: 4.4977,
  batchOfFeedback: 2.2789,
  /** A decision among 100 of a batch: Worker and partition. */
  gatheredDecision: 1.4383,
  /** A partition's call with one decision, each with a commit of its own. */
  append: 2.0706,
  /** Of a decision and its feedback among 100 of each in a call: appended, read and learned, half of it. */
  gathered: 0.3747,
  /** Reading an example of a slice of 200, and what the trainer does with it, its share of commits and publications included. */
  read: 0.0986,
  learn: 0.3814,
  /** A notice to nobody, and what each socket adds, both of its ends. */
  notice: 8.3439,
  noticeSocket: 0.0355,
};

const item = RAW.gathered - (RAW.read + RAW.learn) / 2;
/** Calls that come together share a commit, so that this is the most that it takes, and what is left for the Worker the least. */
const append = RAW.append - item;
const call = RAW.batchOfFeedback - RAW.append;
const decision = RAW.gatheredDecision - item;

export type Times = typeof TIMES;
/** ms. */
export const TIMES = {
  /** `call`: of a batch, with one feedback. `claims`: more when it has a decision. `decision`: of each. */
  worker: { call, claims: RAW.batchOfDecision - RAW.append - call - decision, decision },
  /** `call`: of an append. `item`: of each decision or feedback in it. `read`: of each example of a slice. */
  partition: { call: append, item, read: RAW.read },
  trainer: { learn: RAW.learn },
  channel: { notice: RAW.notice, socket: RAW.noticeSocket },
  /** From a page to the Worker, and back. Assumed. */
  network: { platform: 20, oneMachine: 0.5 },
  /** Between Worker and objects; until a commit is durable; until a publication is written. Assumed of the platform, of which nothing was measured. */
  platform: { hop: 5, commit: 10, store: 100 },
  /** The same here: an fsync (bench/README.md, Edge) and the mean of edgewise_publish_duration_seconds. */
  oneMachine: { hop: 0, commit: 0.9, store: 44 },
} as const;

export const SIZES = {
  /** Bytes of a partition for a decision with its feedback, and rows written for them there. */
  logBytes: 1119,
  rowsADecision: 4.0,
  /** Rows and alarms a second of a version that learns without a pause (bench/size.ts at 20 decisions a second: 2.3 rows and .3 alarms a decision). */
  rowsASecond: 52,
  /** A notice with a step of the demo's model (bench/deltas.ts). */
  noticeBytes: 2400,
  /** Of the archive: decisions with their feedback in a segment of 2 MiB of records, and its bytes for each (encodeSegment of 340 such records). */
  decisionsASegment: 340,
  archivedBytes: 2020,
} as const;

/** What nobody measured, and the bill needs. */
export const ASSUMED = {
  /** Rows read a decision, over joins and dedup. */
  rowsRead: 20,
  /** How long a page is open, s, and what it asks the Worker for when it opens: manifest, snapshot, session and socket. */
  visitSeconds: 300,
  requestsAnOpen: 4,
  readsAnOpen: 4,
  /** CPU of such a call, ms. */
  smallCallCpu: 1,
  /** Isolates are at most half busy, and never fewer than so many, since they are in many places. */
  isolateShare: 0.5,
  leastIsolates: 20,
  /** What an isolate looks for each time: directory, keys and a snapshot. */
  looks: 3,
  /** GB that a partition holds before it archives (PARTITION_MEGABYTES). */
  partitionGigabytes: 8,
} as const;
