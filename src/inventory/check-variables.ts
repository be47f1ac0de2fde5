import { quote } from "../documents/quote.ts";
import { holdsSecret, revealData } from "../etf/secret-data.ts";
import { isListedVault, type TagPurpose } from "../secrets/ansible-tags.ts";
import { connectionProblem, type ConnectionProblem } from "./connection-problem.ts";
import { describeData } from "../documents/describe-data.ts";
import { isReference } from "./fill-references.ts";
import { GROUP_PRIORITY } from "./group-priority.ts";
import type { InventoryTree, TreeGroup, Variable } from "./inventory-tree.ts";

/**
 * Checks the connection variables of every group and host: each where it was given, used or not. Templates are left to
 * be listed, or to be filled.
 *
 * @returns whether there are any to be filled
 */
export function checkVariables(tree: InventoryTree, purpose: TagPurpose): boolean {
  let hasReferences = false;
  // A host range gives one variable to many hosts; it is one mistake.
  const checked = new Set<Variable>();
  const check = (vars: ReadonlyMap<string, Variable>): void => {
    for (const [name, variable] of vars) {
      if (checked.has(variable)) continue;
      checked.add(variable);
      const problem = problemOf(name, variable);
      if (problem === undefined) continue;
      const isTemplate = problem.part === "template";
      if (isTemplate && purpose === "listing") continue;
      if (isTemplate && isReference(variable.data)) {
        hasReferences = true;
        continue;
      }
      const { place, namePlace } = variable;
      const hint = isTemplate ? "Write the value itself, or {{ name }} of a variable" : problem.hint;
      tree.problem(problem.part === "name" ? namePlace : place, problem.message, hint);
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
  return hasReferences;
}

function checkPriority(tree: InventoryTree, { vars }: TreeGroup): void {
  const priority = vars.get(GROUP_PRIORITY);
  if (priority === undefined || Number.isInteger(Number(revealData(priority.data)))) return;
  const got = isShown(priority) ? `, got ${describeData(priority.data)}` : "";
  tree.problem(priority.place, `${quote(GROUP_PRIORITY)} expects a whole number${got}`);
}

function problemOf(name: string, variable: Variable): ConnectionProblem | undefined {
  // What stays encrypted, to be listed, is checked where it is used.
  if (isListedVault(variable.data)) return undefined;
  return connectionProblem(name, variable, { isShown: isShown(variable) });
}

/** Whether messages may say what a variable is. */
function isShown({ data, place }: Variable): boolean {
  return place.file.isSecret !== true && !holdsSecret(data);
}
