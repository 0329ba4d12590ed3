/* The edge: its HTTP API, and the objects that wrangler.toml names. All of it is the package's. */

export * from "edgewise/worker";
export { default } from "edgewise/worker";
