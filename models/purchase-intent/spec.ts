import { adaptive, bucket, defineModel, field, logBucket, predict } from "../../shared/spec/define.ts";

/** Edges for rates between 0 and 0.2, closer together where most sessions are. */
const rates = [0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1];

/**
 * Whether a shop session ends in a purchase, from what it looked like: the 17 columns of the Online Shoppers Purchasing
 * Intention data (Sakar et al. 2019; UCI 468). Numbers become categories, so that the head can bend; every pair of
 * features is one too.
 */
export default defineModel({
  name: "purchase-intent",
  task: predict("binary"),
  features: {
    context: {
      administrative: logBucket("Administrative"),
      administrativeSeconds: logBucket("Administrative_Duration"),
      informational: logBucket("Informational"),
      informationalSeconds: logBucket("Informational_Duration"),
      products: logBucket("ProductRelated"),
      productSeconds: logBucket("ProductRelated_Duration"),
      bounceRate: bucket("BounceRates", rates),
      exitRate: bucket("ExitRates", rates),
      pageValue: logBucket("PageValues"),
      specialDay: field("SpecialDay"),
      month: field("Month"),
      operatingSystem: field("OperatingSystems"),
      browser: field("Browser"),
      region: field("Region"),
      traffic: field("TrafficType"),
      visitor: field("VisitorType"),
      weekend: field("Weekend"),
    },
  },
  interactions: [["context", "context"]],
  reward: { wait: "30m", default: null, aggregate: "first" },
  learner: adaptive({ bits: 18, learningRate: 0.2 }),
});
