import type { Film } from "../../models/home-hero/films.ts";

/** `1 h 49 min` */
const runningTime = (minutes: number) =>
  minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;

export const facts = (film: Film) => [String(film.year), film.genre, runningTime(film.minutes)];
