// Compares how long the program takes to start with how long Node.js itself does.
import { execFileSync } from "node:child_process";
import { printRatio } from "./measure.ts";

const ROUNDS = 31;
const program = "dist/cli/main.js";

execFileSync("npm", ["run", "--silent", "build"], { stdio: "inherit" });
for (const args of [["--version"], ["--help"], ["inventory", "--list", "-i", "web1,"]]) {
  const node: number[] = [];
  const started: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    node.push(msOf(["-e", "0"]));
    started.push(msOf([program, ...args]));
  }
  printRatio(`fusion-play ${args.join(" ")}`, ["node -e 0", node], ["fusion-play", started]);
}

function msOf(args: readonly string[]): number {
  const before = performance.now();
  execFileSync(process.execPath, args, { stdio: "ignore" });
  return performance.now() - before;
}
