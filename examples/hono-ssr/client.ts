import { createClient } from "edgewise";

const { unit, decision: handed, offers } = JSON.parse(document.querySelector("#state")!.textContent);
const client = createClient({ endpoint: "http://localhost:8787", unit, decisions: [handed] });

// The same model and actions: it is the server's decision, with its id.
const decision = client.rankSync("offers", offers);
client.watch(document.querySelector("#offer")!, decision);
document.querySelector<HTMLElement>("#yes")!.onclick = () => decision.reward(1);
document.body.dataset.decision = decision.id === handed.id ? "the server's" : "another";
