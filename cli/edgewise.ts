#!/usr/bin/env node
import { runCommand, UsageError } from "./command.ts";
import { takeKeyOption } from "./key-option.ts";

/** The `edgewise` command, that start.js starts. Each subcommand is loaded only when it is asked for. */

type Command = { help: string; run: (args: readonly string[]) => Promise<void> };

const usage = `edgewise COMMAND [options]

  init      makes a project of one's own
  dev       serves a project on this machine, page and edge
  pages     puts console and scripts beside a built page

  deploy    makes a version of a model on a running edge
  versions  lists a model's versions and what became of them
  promote   makes a version live, a canary, a shadow or retired
  exclude   takes a session, a unit or a time out of learning
  replay    learns a model's log again, to the same bits, or by another spec
  rollback  makes the version live again that was live before
  keys      lists, makes, replaces and revokes the keys of an edge
  dlq       lists what could not be used, and drives it again
  types     writes TypeScript types from specs
  recover   puts a part of an edge back to what it was at a moment
  units     shows what is known of a unit, and erases it

  evaluate  tells what other policies would have earned on a log of decisions
  export    writes the decisions that a server has logged
  vw        learns a file as Vowpal Wabbit would, with the same command line
  cache     keeps the parsed examples of such a file, to be read sooner

  edgewise COMMAND --help tells more. Commands that call an edge take its key as --key KEY, or as EDGEWISE_KEY in the environment.`;

const commands: Record<string, () => Promise<Command>> = {
  cache: async () => {
    const { help, cache } = await import("./vw/cache.ts");
    return { help, run: cache };
  },
  deploy: async () => {
    const { help, deployCommand } = await import("./registry/deploy.ts");
    return { help, run: deployCommand };
  },
  dev: async () => {
    const { help, devCommand } = await import("./dev/dev.ts");
    return { help, run: devCommand };
  },
  dlq: async () => {
    const { help, dlqCommand } = await import("./dead-letters/dlq.ts");
    return { help, run: dlqCommand };
  },
  evaluate: async () => {
    const { help, evaluateCommand } = await import("./evaluate.ts");
    return { help, run: evaluateCommand };
  },
  exclude: async () => {
    const { help, excludeCommand } = await import("./registry/exclude.ts");
    return { help, run: excludeCommand };
  },
  export: async () => {
    const { help, exportCommand } = await import("./export.ts");
    return { help, run: exportCommand };
  },
  init: async () => {
    const { help, initCommand } = await import("./init/init.ts");
    return { help, run: initCommand };
  },
  keys: async () => {
    const { help, keysCommand } = await import("./keys/keys.ts");
    return { help, run: keysCommand };
  },
  pages: async () => {
    const { help, pagesCommand } = await import("./pages/pages.ts");
    return { help, run: pagesCommand };
  },
  promote: async () => {
    const { help, promoteCommand } = await import("./registry/promote.ts");
    return { help, run: promoteCommand };
  },
  recover: async () => {
    const { help, recoverCommand } = await import("./recovery/recover.ts");
    return { help, run: recoverCommand };
  },
  replay: async () => {
    const { help, replayCommand } = await import("./registry/replay.ts");
    return { help, run: replayCommand };
  },
  rollback: async () => {
    const { help, rollbackCommand } = await import("./registry/rollback.ts");
    return { help, run: rollbackCommand };
  },
  types: async () => {
    const { help, typesCommand } = await import("./types.ts");
    return { help, run: typesCommand };
  },
  units: async () => {
    const { help, unitsCommand } = await import("./units/units.ts");
    return { help, run: unitsCommand };
  },
  versions: async () => {
    const { help, versionsCommand } = await import("./registry/versions.ts");
    return { help, run: versionsCommand };
  },
  vw: async () => {
    const { help, vw } = await import("./vw/vw.ts");
    return { help, run: vw };
  },
};

/** Commands that call no edge, and have options of their own. */
const OFFLINE = new Set(["cache", "dev", "init", "types", "vw"]);

await runCommand(async () => {
  const [name, ...args] = process.argv.slice(2);
  const load = name === undefined || !Object.hasOwn(commands, name) ? undefined : commands[name];
  if (load === undefined) {
    if (name === undefined || name === "--help") console.log(usage);
    else throw new UsageError(`There is no command ${JSON.stringify(name)}.\n\n${usage}`);
    return;
  }
  const command = await load();
  if (args.includes("--help")) console.log(command.help);
  else await command.run(OFFLINE.has(name!) ? args : takeKeyOption(args));
});
