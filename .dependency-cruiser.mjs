/**
 * Who may import whom (docs/design.md, Layout): imports go one way, types included, and there is no circle. `npm run check:imports` keeps it.
 * `shared` is a stack of rooms, of which each knows those before it; the product never knows the demo; page and edge never know each other.
 */

/** From the bottom up. */
const stack = [
  ...["math", "policies", "contract", "features", "artifact", "heads", "decide", "online", "bandit", "versions"],
  "evaluation",
];
const product = "^(shared|edge|cli)/|^web/(client|console|docs)/";
const tests = "\\.test\\.ts$|/testing/";

const never = (name, comment, from, to) => ({
  name,
  comment,
  severity: "error",
  from: typeof from === "string" ? { path: from } : from,
  to: typeof to === "string" ? { path: to } : to,
});

export default {
  forbidden: [
    never("no-circle", "A circle of files has no beginning to read from.", {}, { circular: true }),
    ...stack.map((room, i) =>
      never(
        `shared-${room}`,
        `shared/${room} knows only the rooms below it: ${stack.slice(0, i).join(", ") || "none"}.`,
        { path: `^shared/${room}/`, pathNot: tests },
        {
          path: "^(shared|edge|web|cli|models|conformance|bench|e2e|simulation|scripts)/",
          pathNot: `^shared/(${stack.slice(0, i + 1).join("|")})/`,
        },
      ),
    ),
    never(
      "shared-is-pure",
      "shared/ runs everywhere: no module of a platform.",
      { path: "^shared/", pathNot: tests },
      { dependencyTypes: ["core"] },
    ),
    never("edge-is-not-web", "Edge and page know each other by HTTP only.", "^edge/", "^(web|cli|models|scripts)/"),
    never(
      "web-is-not-edge",
      "Page and edge know each other by HTTP only.",
      { path: "^web/", pathNot: tests },
      "^(edge|cli|scripts)/",
    ),
    never(
      "the-product-knows-no-demo",
      "models/ and web/demo are a demo of the product.",
      { path: product, pathNot: tests },
      "^(models|web/demo)/",
    ),
    never(
      "cli-knows-the-api",
      "The command line speaks HTTP; of the edge it takes the types of its API.",
      { path: "^cli/", pathNot: tests },
      { path: "^edge/", pathNot: "^edge/http/api/" },
    ),
    never(
      "nothing-imports-tests",
      "Test tools are for tests.",
      { path: "^(shared|edge|web|cli|models)/", pathNot: tests },
      { path: "^(conformance|bench|e2e|simulation)/|/testing/" },
    ),
    // The edge's rooms: requests come in by http, which asks intake, which asks the objects.
    never(
      "edge-http",
      "Only the Worker's entry knows http.",
      { path: "^edge/(?!http/|worker\\.ts)", pathNot: tests },
      "^edge/http/",
    ),
    never(
      "edge-intake",
      "Objects do not know who asks them.",
      { path: "^edge/(log|training|registry|channel|ort|observe|storage)/", pathNot: tests },
      "^edge/intake/",
    ),
    ...["log", "training", "registry", "channel"].map((room) =>
      never(
        `edge-${room}`,
        `Objects know of each other only what they say to each other, in messages.ts.`,
        { path: `^edge/${room}/`, pathNot: tests },
        { path: "^edge/(log|training|registry|channel|ort)/", pathNot: `^edge/(${room}/|[a-z]+/messages\\.ts$)` },
      ),
    ),
    never(
      "edge-observe-storage",
      "Everybody uses these, and they use nobody.",
      { path: "^edge/(observe|storage|ort)/", pathNot: tests },
      "^edge/(log|training|registry|channel|intake|http)/",
    ),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "generated/|^dist/" },
    parser: "swc",
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.base.json" },
  },
};
