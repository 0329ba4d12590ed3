import { defineModel, field, predict } from "../../shared/contract/define.ts";

const columns = [
  ...["Administrative", "Administrative_Duration", "Informational", "Informational_Duration"],
  ...["ProductRelated", "ProductRelated_Duration", "BounceRates", "ExitRates", "PageValues", "SpecialDay"],
  ...["Month", "OperatingSystems", "Browser", "Region", "TrafficType", "VisitorType", "Weekend"],
];

/**
 * Whether a shop session ends in a purchase, from what it looked like: the 17 columns of the Online Shoppers Purchasing
 * Intention data (Sakar & Kastro 2018; UCI 468), as they are. Treatment of numbers, interactions and learning rates are
 * the defaults: nothing was tuned on this table.
 */
export default defineModel({
  name: "purchase-intent",
  task: predict("binary"),
  features: { context: Object.fromEntries(columns.map((column) => [column, field(column)])) },
  reward: { wait: "30m", default: null, aggregate: "first" },
});
