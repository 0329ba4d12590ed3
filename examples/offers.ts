import { defineModel, field, hourOfDay, rank } from "edgewise/define";

/** What to offer first, by name, time of day and device. */
export default defineModel({
  name: "offers",
  task: rank(),
  features: {
    context: { hour: hourOfDay(), device: field("device") },
    action: { name: field("name"), kind: field("kind") },
  },
  reward: { wait: "10m", default: 0, aggregate: "first" },
});
