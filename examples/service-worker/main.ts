import { createClient } from "edgewise";

const client = createClient({ endpoint: "http://localhost:8787" });
const offers = [
  { id: "tea", features: { name: "tea", kind: "hot" } },
  { id: "coffee", features: { name: "coffee", kind: "hot" } },
  { id: "lemonade", features: { name: "lemonade", kind: "cold" } },
];

const context = { device: innerWidth < 600 ? "phone" : "desktop" };

async function show(): Promise<void> {
  const decision = await client.rank("offers", offers, { context });
  document.querySelector("#offer")!.textContent = decision.chosen;
  document.querySelector("#why")!.textContent = `${decision.model} ${decision.reason ?? ""}`;
  document.querySelector<HTMLElement>("#yes")!.onclick = async () => {
    // It is kept in this browser, and sent when there is a network.
    await decision.reward(1);
    await show();
  };
}

await navigator.serviceWorker.register("./sw.js");
await client.ready("offers");
await show();
