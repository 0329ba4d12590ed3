import type { SnapshotData } from "../../shared/artifact/snapshot.ts";
import { MANIFEST_FORMAT, PUBLICATION_FORMAT } from "../../shared/contract/format.ts";
import type { SnapshotNotice } from "../../shared/contract/manifest.ts";
import type { Learned, Publication, SnapshotPointer } from "../../shared/contract/publication.ts";
import { snapshotNumber } from "../../shared/contract/snapshot-number.ts";
import { applyDelta, encodeDelta } from "../../shared/heads/delta.ts";
import { encodeSnapshot } from "../../shared/heads/encode-snapshot.ts";
import { columnsOf, decodeSnapshot } from "../../shared/heads/snapshot.ts";
import { errorFields, writeOutput } from "../observe/output.ts";
import { getArtifact, putArtifact } from "../storage/artifacts.ts";
import { age, deadline } from "../storage/clock.ts";
import { readPublicationPointer, replacePublication } from "../storage/pointers.ts";
import { BASE_AGE, DELTA_SHARE, KEPT_SNAPSHOT_MEMORY, POINTER_INTERVAL, STEP_BYTES, WHOLE_BYTES } from "./limits.ts";
import { pastPublications, publicationLabels } from "./past-publications.ts";
import type { Publications } from "./publications.ts";

/** What a learner has to say when it publishes; all of it is committed. */
export type Content = {
  /** What it has learned, as the snapshot with this number. */
  snapshot(number: number): SnapshotData;
  learned: Learned;
  newestFeedbackAt: number | null;
  beginning: number;
  caughtUp: boolean;
};

type Step = SnapshotNotice["step"];

/**
 * Publishes a version's snapshots, one after the other: the artifact first, then the row that says so, then, no more often than the store
 * takes it, the pointer. So a pointer never leads to nothing, and a number never names two contents: what a crash leaves
 * behind between the first two is an artifact that nobody knows of, and mostly the very one that is put next.
 */
export class Publisher {
  readonly #publications: Publications;
  readonly #bucket: R2Bucket;
  readonly #model: string;
  readonly #version: number;
  /** Number of the next snapshot; null while it is not known what the store has. */
  #next: number | null = null;
  /** The last base; null: the next publication is one. */
  #base: SnapshotData | null = null;
  /** When the last base was made. Its `publishedAt` may be later: that never goes back. */
  #baseMadeAt = 0;
  /** The newest snapshot. */
  #last: SnapshotData | null = null;
  #step: Step = null;
  /** Number of the snapshot that the pointer leads to; null when there is no pointer. */
  #pointed: number | null = null;
  #pointerEtag: string | null = null;
  #pointedAt = Number.NEGATIVE_INFINITY;

  constructor(publications: Publications, bucket: R2Bucket, model: string, version: number) {
    this.#publications = publications;
    this.#bucket = bucket;
    this.#model = model;
    this.#version = version;
  }

  /** Whether it knows what the store has: not after a start, nor when a publication failed half-way. */
  get ready(): boolean {
    return this.#next !== null;
  }

  /** When the pointer is to be moved; null while it leads to the newest snapshot, or it is not known where it leads. */
  get pointAt(): number | null {
    if (!this.ready || this.#pointed === this.#newestNumber) return null;
    return deadline(this.#pointedAt + POINTER_INTERVAL, POINTER_INTERVAL);
  }

  /**
   * Finds out what the store has. To be done whenever it is not ready, before it publishes.
   * @param beginning of which what was published counts that it does not know of. @returns whether the newest publication is there; if not, what is learned has to be published at once.
   */
  async prepare(beginning: number): Promise<boolean> {
    const pointer = await readPublicationPointer(this.#bucket, this.#model, this.#version);
    this.#pointed = pointer && snapshotNumber(pointer.publication);
    this.#pointerEtag = pointer?.etag ?? null;
    // A pointer lags behind, and is never ahead.
    if (pointer && this.#pointed! > (this.#newestNumber ?? -1)) await this.#recover(pointer.publication, beginning);
    const newest = this.#publications.newest?.publication;
    const there = newest ? await this.#load(newest) : false;
    this.#next = Math.max(this.#publications.highest ?? -1, this.#pointed ?? -1) + 1;
    return there;
  }

  /**
   * Finds what it had published before it lost its data, or an older copy of it was put back, to go on with that: pages decided by it, and it serves until as much is learned again. Whoever has it train
   * again knows nothing of that, so it is said here.
   */
  async #recover(published: Publication, beginning: number): Promise<void> {
    const said = { model: this.#model, version: this.#version, published: snapshotNumber(published) };
    if (this.#publications.highest === null)
      writeOutput("error", "a trainer has lost its data, and learns the log again", said);
    else
      writeOutput("error", "a trainer was put back to an older copy, and goes on with what it has published since", {
        ...{ ...said, copy: this.#newestNumber },
      });
    this.#publications.recover(await pastPublications(this.#bucket, this.#model, this.#version), published, beginning);
  }

  /** Publishes; up to its first await it takes all that it needs from the content. */
  async publish({ snapshot: snapshotOf, learned, newestFeedbackAt, beginning, caughtUp }: Content): Promise<void> {
    if (this.#next === null) throw new Error("what the store has must be known before anything is published");
    const number = this.#next;
    const newest = this.#publications.newest?.publication ?? null;
    const snapshot = snapshotOf(number);
    const base = newest?.snapshot;
    // Of who began anew: what it had learned before goes with the bases of then.
    const goesOn = this.#publications.newest?.beginning === beginning;
    const delta = this.#base && base && goesOn && this.#isGoodBase(base) ? deltaBetween(this.#base, snapshot) : null;
    const whole = delta === null || delta.length > base!.bytes * DELTA_SHARE ? encodeSnapshot(snapshot) : null;
    const step = this.#last && newest ? stepBetween(this.#last, newest, snapshot) : null;
    // What fails from here on may have been done all the same.
    this.#next = null;
    // Clocks may go back when an object moves to another machine; publications do not.
    const publishedAt = Math.max(Date.now(), newest ? (newest.delta ?? newest.snapshot).publishedAt : 0);
    const { examples } = learned;
    const beside = { number, base: whole ? number : base!.number, examples, publishedAt, newestFeedbackAt };
    const labels = publicationLabels(this.#version, beside);
    const artifact = await putArtifact(this.#bucket, whole ?? delta!, this.#model, labels);
    const pointer = { ...artifact, number, publishedAt, newestFeedbackAt };
    const publication: Publication = {
      format: PUBLICATION_FORMAT,
      model: this.#model,
      version: this.#version,
      ...learned,
      ...(whole ? { snapshot: pointer, delta: null } : { snapshot: base!, delta: pointer }),
    };
    this.#publications.add(publication, beginning, caughtUp);
    this.#last = isKept(snapshot) ? snapshot : null;
    if (whole) {
      this.#base = this.#last;
      this.#baseMadeAt = Date.now();
    }
    this.#step = step;
    this.#next = number + 1;
  }

  /** Moves the pointer to the newest snapshot. */
  async point(): Promise<void> {
    const newest = this.#publications.newest!.publication;
    const next = this.#next;
    this.#pointedAt = Date.now();
    // What fails may have been done all the same: then it is to be found out which pointer there is.
    this.#next = null;
    this.#pointerEtag = await replacePublication(this.#bucket, newest, this.#pointerEtag);
    this.#pointed = snapshotNumber(newest);
    this.#next = next;
  }

  /** What pages are told of the newest publication. @throws Error when nothing was published yet. */
  notice(): SnapshotNotice {
    const newest = this.#publications.newest?.publication ?? null;
    if (newest === null) throw new Error(`${this.#model}@${this.#version} has published nothing yet`);
    const { model, version, snapshot, delta, examples } = newest;
    return {
      format: MANIFEST_FORMAT,
      type: "snapshot",
      ...{ model, version, snapshot, delta, examples },
      step: this.#step,
      sentAt: Date.now(),
    };
  }

  get #newestNumber(): number | null {
    const newest = this.#publications.newest;
    return newest && snapshotNumber(newest.publication);
  }

  /** Whether deltas on the last base make sense: small snapshots are published whole, and pages of before, which read no deltas, must not fall behind. */
  #isGoodBase({ bytes }: SnapshotPointer): boolean {
    return bytes > WHOLE_BYTES && age(this.#baseMadeAt) < BASE_AGE;
  }

  /** Reads a publication back into memory. @returns false when it is not in the store any more. */
  async #load({ snapshot, delta }: Publication): Promise<boolean> {
    this.#base = null;
    this.#baseMadeAt = snapshot.publishedAt;
    this.#last = null;
    this.#step = null;
    const base = await this.#bytes(snapshot.sha256);
    if (!base) return false;
    const changes = delta && (await this.#bytes(delta.sha256));
    if (delta && !changes) return false;
    try {
      const decoded = decodeSnapshot(base);
      const last = changes ? applyDelta(decoded, changes) : decoded;
      if (isKept(decoded)) [this.#base, this.#last] = [decoded, last];
      return true;
    } catch (error) {
      writeOutput("error", "a snapshot in the store cannot be read, and is published again", {
        model: this.#model,
        version: this.#version,
        ...errorFields(error),
      });
      return false;
    }
  }

  async #bytes(sha256: string): Promise<Uint8Array | null> {
    const artifact = await getArtifact(this.#bucket, sha256);
    return artifact && new Uint8Array(await artifact.arrayBuffer());
  }
}

/** Null when there is no delta between them, as when another release makes other tables of the same spec. */
function deltaBetween(from: SnapshotData, to: SnapshotData): Uint8Array | null {
  try {
    return encodeDelta(from, to);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** @param published the publication of `last`. */
function stepBetween(last: SnapshotData, published: Publication, snapshot: SnapshotData): Step {
  const bytes = deltaBetween(last, snapshot);
  if (bytes === null || bytes.length > STEP_BYTES) return null;
  const { sha256 } = published.delta ?? published.snapshot;
  return { from: last.number, of: sha256, bytes: btoa(String.fromCharCode(...bytes)) };
}

/** Whether a snapshot is small enough to be kept in memory, so that others can be told as what differs from it. */
const isKept = (snapshot: SnapshotData): boolean =>
  columnsOf(snapshot).reduce((sum, { values }) => sum + values.byteLength, 0) <= KEPT_SNAPSHOT_MEMORY;
