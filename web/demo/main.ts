import { createClient } from "../client/client.ts";
import { pageKey } from "../page-key.ts";
import { HomePage } from "./home-page.ts";

const root = document.querySelector<HTMLElement>("#app");
if (!root) throw new Error("the page has no #app");
const key = pageKey();
await new HomePage(
  createClient({ graphs: () => import("../client/graph.ts"), ...(key !== undefined && { key }) }),
  root,
).start();
