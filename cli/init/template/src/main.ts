import { createClient } from "edgewise";
import type models from "../edgewise-models";
import { nextOffer } from "./offers.ts";

/** Where the page is not served by its edge: createClient({ endpoint: "https://learn.example.com", key: "pk_..." }). */
const client = createClient<typeof models>();

const title = document.querySelector("#title")!;
const reason = document.querySelector("#reason")!;
const yes = document.querySelector<HTMLButtonElement>("#yes")!;
const no = document.querySelector<HTMLButtonElement>("#no")!;

function show(): void {
  const { offer, why, answer } = nextOffer(client, innerWidth < 600 ? "phone" : "desktop");
  title.textContent = offer.title;
  title.setAttribute("data-offer", offer.id);
  reason.textContent = `chosen by ${why}`;
  const say = (wanted: boolean) => async () => {
    yes.disabled = no.disabled = true;
    await answer(wanted);
    show();
  };
  yes.onclick = say(true);
  no.onclick = say(false);
  yes.disabled = no.disabled = false;
}

// Where the model is not deployed yet, the console says so, and the list is shown in its own order.
await client.ready("my-project").catch(console.warn);
show();
