/**
 * The operators that few models have. A page begins without, and loads them, in one file, when a model asks for one. Who decides before first paint with such a model imports them with the page.
 * @example import "edgewise/operators";
 */
import "../../shared/features/other-operators.ts";
