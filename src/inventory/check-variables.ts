import { quote } from "../documents/quote.ts";
import { holdsSecret, revealData } from "../etf/secret-data.ts";
import { isListedVault } from "../secrets/ansible-tags.ts";
import { connectionProblem } from "./connection-problem.ts";
import { describeData } from "./describe-data.ts";
import { GROUP_PRIORITY } from "./group-priority.ts";
import type { InventoryTree, TreeGroup, Variable } from "./inventory-tree.ts";

/** Checks the connection variables of every group and host: each where it was given, used or not. */
export function checkVariables(tree: InventoryTree): void {
  // A host range gives one variable to many hosts; it is one mistake.
  const checked = new Set<Variable>();
  const check = (vars: ReadonlyMap<string, Variable>): void => {
    for (const [name, variable] of vars) {
      if (checked.has(variable)) continue;
      checked.add(variable);
      checkVariable(tree, name, variable);
    }
  };
  for (const group of tree.groups.values()) {
    check(group.vars);
    checkPriority(tree, group);
  }
  for (const host of tree.hosts.values()) check(host.vars);
  for (const { groups, hosts } of tree.layers) {
    for (const vars of groups.values()) check(vars);
    for (const vars of hosts.values()) check(vars);
  }
}

function checkPriority(tree: InventoryTree, { vars }: TreeGroup): void {
  const priority = vars.get(GROUP_PRIORITY);
  if (priority === undefined || Number.isInteger(Number(revealData(priority.data)))) return;
  const got = isShown(priority) ? `, got ${describeData(priority.data)}` : "";
  tree.problem(priority.place, `${quote(GROUP_PRIORITY)} expects a whole number${got}`);
}

function checkVariable(tree: InventoryTree, name: string, variable: Variable): void {
  // What stays encrypted, to be listed, is checked where it is used.
  if (isListedVault(variable.data)) return;
  const problem = connectionProblem(name, variable, { isShown: isShown(variable) });
  if (problem === undefined) return;
  const { place, namePlace } = variable;
  tree.problem(problem.part === "name" ? namePlace : place, problem.message, problem.hint);
}

/** Whether messages may say what a variable is. */
function isShown({ data, place }: Variable): boolean {
  return place.file.isSecret !== true && !holdsSecret(data);
}
