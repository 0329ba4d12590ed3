import { createServerClient } from "edgewise/server";
import { Hono } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { html, raw } from "hono/html";

const edge = createServerClient({ endpoint: "http://localhost:8787" });
const offers = [
  { id: "tea", features: { name: "tea", kind: "hot" } },
  { id: "coffee", features: { name: "coffee", kind: "hot" } },
  { id: "lemonade", features: { name: "lemonade", kind: "cold" } },
];

/** JSON that no text in it can end the script of. */
const json = (value: unknown) => raw(JSON.stringify(value).replaceAll("<", "\\u003c"));

const app = new Hono();

app.get("/", async (c) => {
  const unit = getCookie(c, "visitor") ?? crypto.randomUUID();
  setCookie(c, "visitor", unit, { httpOnly: true, sameSite: "Lax", maxAge: 31_536_000 });
  const context = { device: c.req.header("sec-ch-ua-mobile") === "?1" ? "phone" : "desktop" };
  // Deferred: the page says when it was seen.
  const decision = await edge.rank("offers", offers, { unit, context, deferred: true });
  return c.html(html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>SSR</title>
        <link rel="icon" href="data:," />
      </head>
      <body>
        <main>
          <h1 id="offer">${decision.chosen}</h1>
          <button type="button" id="yes">Yes, please</button>
          <p id="why">${decision.model} ${decision.reason ?? ""}</p>
        </main>
        <script type="application/json" id="state">${json({ unit, decision, offers })}</script>
        <script type="module" src="/client.js"></script>
      </body>
    </html>`);
});

export default app;
