/** What a page follows, as its socket is tagged: `home-hero@2`; pages of before, which know of one only, the live version: `home-hero@live`. */

/** Of a socket's ten tags one is its network's. */
const TAGGED = 8;
/** Tag of the sockets that follow more than they have tags for. */
const MANY = "many";

export const followOf = (model: string, version: number | "live"): string => `${model}@${version}`;
export const modelOf = (follow: string): string => follow.slice(0, follow.lastIndexOf("@"));
/** null: the live one. */
export const versionOf = (follow: string): number | null => {
  const version = follow.slice(follow.lastIndexOf("@") + 1);
  return version === "live" ? null : Number(version);
};

export const tagsOf = (follows: readonly string[]): string[] => (follows.length <= TAGGED ? [...follows] : [MANY]);

/** What a socket follows. */
const followed = (socket: WebSocket): readonly string[] =>
  ((socket.deserializeAttachment() ?? {}) as { follows?: string[] }).follows ?? [];

/** The sockets that follow something. */
export const followers = (ctx: DurableObjectState, follow: string): WebSocket[] => [
  ...ctx.getWebSockets(follow),
  ...ctx.getWebSockets(MANY).filter((socket) => followed(socket).includes(follow)),
];

/** The sockets that follow a model, in whichever version. */
export const modelFollowers = (ctx: DurableObjectState, model: string): WebSocket[] =>
  ctx.getWebSockets().filter((socket) => followed(socket).some((follow) => modelOf(follow) === model));
