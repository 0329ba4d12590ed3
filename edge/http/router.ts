import { OpenAPIHono } from "@hono/zod-openapi";
import type { ZodError } from "zod";
import { fieldErrors } from "../intake/field-errors.ts";
import { ProblemError } from "../intake/problem.ts";
import type { AppEnv } from "./app-env.ts";

const parts: Record<string, string> = { json: "body", param: "path", query: "query", header: "header" };

/** A router for one resource. What a route's schema does not accept becomes a problem that names the fields. */
export const router = () =>
  new OpenAPIHono<AppEnv>({
    defaultHook: (result) => {
      if (result.success) return;
      const part = parts[result.target] ?? result.target;
      const { issues } = result.error as ZodError;
      throw new ProblemError(400, `The ${part} is not valid`, fieldErrors(part, issues));
    },
  });
