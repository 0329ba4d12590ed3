import { createClient } from "edgewise";
import type models from "../edgewise-models";
import { nextOffer } from "./offers.ts";

/** Where the page is not served by its edge: createClient({ endpoint: "https://learn.example.com", key: "pk_..." }). */
const client = createClient<typeof models>();

const title = document.querySelector("#title")!;
const reason = document.querySelector("#reason")!;
const yes = document.querySelector<HTMLButtonElement>("#yes")!;
const no = document.querySelector<HTMLButtonElement>("#no")!;

async function show(): Promise<void> {
  const { offer, why, answer } = await nextOffer(client, innerWidth < 600 ? "phone" : "desktop");
  title.textContent = offer.title;
  title.setAttribute("data-offer", offer.id);
  reason.textContent = `chosen by ${why}`;
  const say = (wanted: boolean) => async () => {
    yes.disabled = no.disabled = true;
    await answer(wanted);
    await show();
  };
  yes.onclick = say(true);
  no.onclick = say(false);
  yes.disabled = no.disabled = false;
}

await client.ready("my-project");
await show();
