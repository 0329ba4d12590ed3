import { wrappedBuild } from "../size/wrapped-build.ts";

/** What can be had done inside workerd, without the HTTP API around it: the path of each. */
export const INSIDE = {
  /** Reads a body and does nothing with it. */
  parse: "/inside/parse",
  /** Appends batches to a partition, so many calls at a time. */
  append: "/inside/append",
  /** Reads a partition from its beginning as a trainer does. Answers how many examples and slices there were. */
  read: "/inside/read",
  /** Tells a channel so many notices, one after the other. */
  publish: "/inside/publish",
} as const;

/** Copies a build, and has its Worker call its objects when it is asked to under INSIDE. The code of the build stays as it is. */
export const insideBuild = (dist: string, copy: string): void => wrappedBuild(dist, copy, "inside", inside);

const inside = (main: string): string => `
import worker from "./${main}";
export * from "./${main}";

const doings = {
  "${INSIDE.parse}": () => null,
  "${INSIDE.append}": async ({ PARTITION }, { partition, batches, calls }) => {
    const stub = PARTITION.getByName(partition);
    const left = batches.values();
    const one = async () => {
      for (const batch of left) await stub.append(batch);
    };
    await Promise.all(Array.from({ length: calls }, one));
    return null;
  },
  "${INSIDE.read}": async ({ PARTITION }, { partition, request }) => {
    const stub = PARTITION.getByName(partition);
    let [from, examples, slices] = [null, 0, 0];
    for (;;) {
      const slice = await stub.read({ ...request, from, upto: null });
      [from, examples, slices] = [slice.to, examples + slice.examples.length, slices + 1];
      if (!slice.more) break;
    }
    await stub.leave(request.reader);
    return { examples, slices };
  },
  "${INSIDE.publish}": async ({ CHANNEL }, { channel, notices }) => {
    const stub = CHANNEL.getByName(channel);
    for (const notice of notices) {
      await stub.publish(notice, "live");
      await scheduler.wait(80);
    }
    return null;
  },
};

export default {
  ...worker,
  async fetch(request, env, ctx) {
    const doing = doings[new URL(request.url).pathname];
    if (!doing) return worker.fetch(request, env, ctx);
    return Response.json(await doing(env, await request.json()));
  },
};
`;
