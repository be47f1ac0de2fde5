import type { PageModule } from "../report/page/page-data.ts";
import { formatBytes, formatCount } from "../report/quantity.ts";
import { byId, element } from "./dom.ts";
import { type ModuleNode, moduleTree } from "./module-tree.ts";

/** So many modules of one that needs them are shown before the rest is asked for. */
const SHOWN_MODULES = 60;

/** Shows the modules that were shipped, who needs them and how large they are. */
export function showModules(modules: readonly PageModule[]): void {
  const section = byId("modules");
  section.hidden = modules.length === 0;
  if (modules.length === 0) return;
  const bytes = modules.reduce((sum, module) => sum + module.bytes, 0);
  const largest = Math.max(...modules.map((module) => module.bytes));
  const own = moduleTree(modules);
  byId("shipped").replaceChildren(
    element(
      "p",
      { class: "muted" },
      `${formatCount(modules.length, "module")}, ${formatBytes(bytes)} for a host that had none of them`,
    ),
    nodeList(own, largest),
  );
}

function nodeList(nodes: readonly ModuleNode[], largest: number): HTMLElement {
  const list = element("ul", { class: "modules" });
  const append = (some: readonly ModuleNode[]): void =>
    list.append(...some.map((node) => nodeItem(node, largest)));
  append(nodes.slice(0, SHOWN_MODULES));
  const left = nodes.slice(SHOWN_MODULES);
  if (left.length > 0) {
    const more = element(
      "button",
      { type: "button", class: "more" },
      `Show ${formatCount(left.length, "more module")}`,
    );
    more.addEventListener("click", () => {
      more.parentElement?.remove();
      append(left);
    });
    list.append(element("li", {}, more));
  }
  return list;
}

function nodeItem({ module, needs, totalBytes }: ModuleNode, largest: number): HTMLElement {
  const { name, bytes, reason, elixir, hosts } = module;
  const size = element("span", { class: "size", "aria-hidden": "true" });
  const filled = element("span");
  filled.style.width = `${Math.max(2, (bytes / largest) * 100)}%`;
  size.append(filled);
  const why = [elixir === undefined ? "" : `of Elixir ${elixir}`, reason]
    .filter((text) => text !== "")
    .join(", ");
  const total = needs.length === 0 ? "" : `${formatBytes(totalBytes)} in all`;
  const line = element(
    "div",
    { class: "module" },
    element("code", {}, name),
    element("span", { class: "muted why", title: why }, why),
    size,
    element("span", { class: "number" }, formatBytes(bytes)),
    element("span", { class: "muted number total", title: "with all that it needs" }, total),
    element("span", { class: "muted number" }, `to ${formatCount(hosts, "host")}`),
  );
  return element("li", {}, line, ...(needs.length === 0 ? [] : [nodeList(needs, largest)]));
}
