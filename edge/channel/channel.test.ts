import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { MANIFEST_FORMAT } from "../../shared/contract/format.ts";
import type { DirectoryNotice, Notice } from "../../shared/contract/manifest.ts";
import { rankModel } from "../testing/models.ts";
import { train } from "../testing/training.ts";

/** A page's socket, and what it was told. */
async function follow(model: string, version: number): Promise<Notice[]> {
  const channel = env.CHANNEL.getByName(`${model}/0`);
  const { webSocket } = await channel.fetch(`http://channel/?version=${version}`, {
    headers: { upgrade: "websocket" },
  });
  const notices: Notice[] = [];
  webSocket!.addEventListener("message", ({ data }) => void notices.push(JSON.parse(data as string)));
  webSocket!.accept();
  return notices;
}

test("a page that comes is told of the newest directory, which may be newer than the manifest that it has read", async () => {
  const { spec } = await train(rankModel());
  const before = await follow(spec.name, 1);
  await expect.poll(() => before.map(({ type }) => type)).toEqual(["snapshot"]);
  const changed = { format: MANIFEST_FORMAT, type: "directory", model: spec.name, within: 0 } as const;
  await env.CHANNEL.getByName(`${spec.name}/0`).directory({ ...changed, directory: 7 });
  await expect.poll(() => before.at(-1)).toEqual({ ...changed, directory: 7 } satisfies DirectoryNotice);
  const after = await follow(spec.name, 1);
  await expect
    .poll(() => after)
    .toMatchObject([
      { type: "snapshot", version: 1 },
      { type: "directory", directory: 7 },
    ]);
});
