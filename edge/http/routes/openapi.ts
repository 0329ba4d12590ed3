import { type OpenAPIHono, z } from "@hono/zod-openapi";
import { snapshotNotice } from "../../../shared/contract/manifest.ts";
import { securitySchemes } from "../api/api-route.ts";
import type { AppEnv } from "../app-env.ts";

/** Serves the OpenAPI 3.1 document of an app's routes. It is the same for as long as the isolate lives, so it is made once. */
export function serveOpenApi(app: OpenAPIHono<AppEnv>): void {
  // No route answers it: it comes through the WebSocket. Made again with the z that knows of documents.
  app.openAPIRegistry.register("SnapshotNotice", z.strictObject(snapshotNotice.shape));
  for (const [name, scheme] of Object.entries(securitySchemes))
    app.openAPIRegistry.registerComponent("securitySchemes", name, scheme);
  let document: string | undefined;
  app.get("/openapi.json", (c) => {
    document ??= JSON.stringify(
      app.getOpenAPI31Document({
        openapi: "3.1.0",
        info: {
          title: "Edgewise",
          version: "1",
          description: "Decisions where the session happens, and feedback that makes the next ones better.",
          license: { name: "MIT" },
        },
        servers: [{ url: "/" }],
      }),
      plainPattern,
    );
    return c.body(document, 200, { "content-type": "application/json" });
  });
}

/** Flags have no place in a JSON Schema's pattern, and the generator leaves them at its end: `^[^\\p{C}]+$/u`. */
const plainPattern = (key: string, value: unknown): unknown =>
  key === "pattern" && typeof value === "string" ? value.replace(/\/[a-z]+$/, "") : value;
