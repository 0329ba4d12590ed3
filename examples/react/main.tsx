import { createClient } from "edgewise";
import { EdgewiseProvider, useRank } from "edgewise/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

const client = createClient({ endpoint: "http://localhost:8787" });
const offers = [
  { id: "tea", title: "Tea", features: { name: "tea", kind: "hot" } },
  { id: "coffee", title: "Coffee", features: { name: "coffee", kind: "hot" } },
  { id: "lemonade", title: "Lemonade", features: { name: "lemonade", kind: "cold" } },
];

const options = { context: { device: innerWidth < 600 ? "phone" : "desktop" } };

/** However often it is rendered, it has one decision, which counts when half of the element was seen. */
function Offer() {
  const { chosen, decision, ref, reward, renew } = useRank("offers", offers, options);
  const take = async () => {
    await reward(1);
    renew();
  };
  return (
    <article ref={ref}>
      <h1 id="offer">{chosen.title}</h1>
      <button type="button" id="yes" onClick={take}>
        Yes, please
      </button>
      <p id="why">{decision.model}</p>
    </article>
  );
}

createRoot(document.querySelector("#root")!).render(
  <StrictMode>
    <EdgewiseProvider client={client}>
      <Offer />
    </EdgewiseProvider>
  </StrictMode>,
);
