import { defineModel, field, hourOfDay, lastDistinct, rank } from "edgewise/define";

/** What to offer first. Change it, and it is a new version, which learns from all that was logged. */
export default defineModel({
  name: "my-project",
  task: rank(),
  features: {
    session: { liked: lastDistinct("answer.kind", 3) },
    context: { hour: hourOfDay(), device: field("device") },
    action: { name: field("name"), kind: field("kind") },
  },
  reward: { wait: "10m", default: 0, aggregate: "first" },
});
