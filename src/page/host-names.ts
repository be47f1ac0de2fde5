import { foldHosts } from "../report/host-ranges.ts";
import { element } from "./dom.ts";
import type { HostView } from "./run-view.ts";

/** So many characters of names are shown before the rest is asked for. */
const SHOWN_CHARACTERS = 90;

/** Names hosts, folded: `web[01-18]`. */
export function hostNames(hosts: readonly HostView[]): HTMLElement {
  const names = foldHosts(hosts.map(({ host }) => host.name));
  if (names.length <= SHOWN_CHARACTERS) return element("strong", { class: "names" }, names);
  const shown = element("strong", { class: "names" }, `${names.slice(0, SHOWN_CHARACTERS)}… `);
  const more = element("button", { type: "button", class: "more" }, "Show all");
  more.addEventListener("click", () => shown.replaceChildren(names));
  shown.append(more);
  return shown;
}
