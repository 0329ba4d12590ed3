#!/usr/bin/env node
// @ts-check

/* Starts the `edgewise` command. Any Node reads this file, so that an older one is told what is missing. */
const least = 24;
if (Number(process.versions.node.split(".")[0]) >= least) await import("./edgewise.js");
else {
  console.error(
    `edgewise needs Node ${least} or newer, and this is ${process.version}: npm install --save-dev node@${least} brings one to this project.`,
  );
  process.exitCode = 1;
}
