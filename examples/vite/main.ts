import { createClient } from "edgewise";

const client = createClient({ endpoint: "http://localhost:8787" });
const offers = [
  { id: "tea", features: { name: "tea", kind: "hot" } },
  { id: "coffee", features: { name: "coffee", kind: "hot" } },
  { id: "lemonade", features: { name: "lemonade", kind: "cold" } },
];

function show(): void {
  const context = { device: innerWidth < 600 ? "phone" : "desktop" };
  // At once, with the model that this browser kept; at the first visit in the order that is given.
  const decision = client.rankSync("offers", offers, { context });
  document.querySelector("#offer")!.textContent = decision.chosen;
  document.querySelector("#why")!.textContent = `${decision.model} ${decision.reason ?? ""}`;
  document.querySelector<HTMLElement>("#yes")!.onclick = async () => {
    await decision.reward(1);
    show();
  };
}

show();
