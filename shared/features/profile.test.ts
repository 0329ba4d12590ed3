import { expect, test } from "vitest";
import { stored } from "../contract/define.ts";
import { profileValues } from "./profile.ts";

const operators = {
  tenure: stored("tenure_days", { ttl: "24h", default: 0 }),
  plan: stored("plan", { ttl: "10m", default: "free" }),
};
const day = 86_400_000;

test("a stored value counts until its time to live is over", () => {
  const profile = { tenure_days: { value: 12, at: 1000 } };
  expect(profileValues(operators, profile, 1000 + day)).toEqual({ tenure: 12, plan: "free" });
  expect(profileValues(operators, profile, 1001 + day)).toEqual({ tenure: 0, plan: "free" });
});

test("each has its own time to live", () => {
  const profile = { tenure_days: { value: 12, at: 0 }, plan: { value: "gold", at: 0 } };
  expect(profileValues(operators, profile, 600_000)).toEqual({ tenure: 12, plan: "gold" });
  expect(profileValues(operators, profile, 600_001)).toEqual({ tenure: 12, plan: "free" });
});

test("nothing stored gives the defaults, and so does nothing but what an object inherits", () => {
  expect(profileValues(operators, {}, 0)).toEqual({ tenure: 0, plan: "free" });
  expect(profileValues({ c: stored("constructor", { ttl: "1h", default: false }) }, {}, 0)).toEqual({ c: false });
});
