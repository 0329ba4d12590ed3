import type { Scene } from "./canvas.ts";
import { adventure } from "./scenes/adventure.ts";
import { animation } from "./scenes/animation.ts";
import { comedy } from "./scenes/comedy.ts";
import { documentary } from "./scenes/documentary.ts";
import { drama } from "./scenes/drama.ts";
import { horror } from "./scenes/horror.ts";
import { romance } from "./scenes/romance.ts";
import { scienceFiction } from "./scenes/science-fiction.ts";
import { thriller } from "./scenes/thriller.ts";

/** What each film's picture shows in front of its sky, by the film's id. */
export const scenes: Record<string, Scene | undefined> = {
  ...drama,
  ...thriller,
  ...comedy,
  ...scienceFiction,
  ...romance,
  ...documentary,
  ...horror,
  ...adventure,
  ...animation,
};
