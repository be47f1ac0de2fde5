import { quote } from "../documents/quote.ts";
import { isSecretName } from "../documents/secret-name.ts";
import { didYouMean } from "../documents/suggestion.ts";
import { holdsSecret, revealData } from "../etf/secret-data.ts";
import { isListedVault } from "../secrets/ansible-tags.ts";
import { connectionVariable, OWN_VARIABLES } from "./connection-variables.ts";
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
  const known = connectionVariable(name);
  if (known === undefined) {
    if (name.startsWith("fusion_")) checkUnknown(tree, name, variable);
    return;
  }
  const data = revealData(variable.data);
  const reading = known.read({ ...variable, data }, name);
  if ("saysNothing" in reading) return;
  if (typeof data === "string" && /\{\{.*\}\}/u.test(data)) {
    tree.problem(
      variable.place,
      `${quote(name)} holds a template, and connection variables are taken as they are`,
      "Write the value itself",
    );
  } else if ("expected" in reading) {
    // A value that should be secret is not repeated.
    const got = isSecretName(name) || !isShown(variable) ? "" : `, got ${describeData(data)}`;
    tree.problem(variable.place, `${quote(name)} expects ${reading.expected}${got}`);
  }
}

/** Whether messages may say what a variable is. */
function isShown({ data, place }: Variable): boolean {
  return place.file.isSecret !== true && !holdsSecret(data);
}

function checkUnknown(tree: InventoryTree, name: string, variable: Variable): void {
  const hint = didYouMean(name, OWN_VARIABLES) ?? `Known variables: ${OWN_VARIABLES.join(", ")}`;
  tree.problem(variable.namePlace, `Unknown connection variable ${quote(name)}`, hint);
}
