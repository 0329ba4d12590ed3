import { createClient } from "../client/client.ts";
import { HomePage } from "./home-page.ts";

const root = document.querySelector<HTMLElement>("#app");
if (!root) throw new Error("the page has no #app");
await new HomePage(createClient({}), root).start();
