/** What models with a graph need, which is no part of the client: whoever has such models hands it over. */
export type LoadGraphs = () => Promise<typeof import("./graph.ts")>;
