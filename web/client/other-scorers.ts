/**
 * Every policy and head there is. A page begins with the default policy and the linear head, and loads the others, in one file, when a model asks for one. Who decides before
 * first paint with such a model imports them with the page.
 * @example import "edgewise/scorers";
 */
import "../../shared/heads/all-heads.ts";
import { others } from "../../shared/policies/other-policies.ts";
import { addPolicies, type DecidingPolicy } from "../../shared/policies/policy-of.ts";

addPolicies(Object.values(others) as unknown as DecidingPolicy[]);
