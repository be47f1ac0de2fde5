import { errorText } from "../formats/error-text.ts";
import { groupFailures, stepOfGroup, type FailureGroup } from "../formats/group-failures.ts";
import { foldHosts } from "../host-ranges.ts";
import { formatCount } from "../quantity.ts";
import type { Failure } from "../written-report.ts";
import { markup, type Markup } from "./markup.ts";

/** So many groups of equal failures are told before the page's script is at work. */
const MOST_GROUPS = 100;

/** So many characters of a failure are shown; details have the rest. */
const MOST_CHARACTERS = 6000;

/** So many hosts of a failure have a link. */
const LINKED_HOSTS = 12;

/** Writes what failed, the same on several hosts once. It needs no script. */
export function failuresMarkup(
  failures: readonly Failure[],
  linkOf: (failure: Failure) => string | undefined,
): Markup {
  if (failures.length === 0) return markup`<p class="muted">Nothing failed.</p>`;
  const groups = groupFailures(failures);
  const left = groups.length - MOST_GROUPS;
  const items = groups.slice(0, MOST_GROUPS).map((group) => groupMarkup(group, linkOf));
  return markup`<ol class="failures">
${items}</ol>
${left > 0 ? markup`<p class="muted">… and ${formatCount(left, "other failure")}, in the table below.</p>` : ""}`;
}

function groupMarkup(group: FailureGroup, linkOf: (failure: Failure) => string | undefined): Markup {
  const [{ play, error }] = group;
  const step = stepOfGroup(group);
  const told = errorText(error);
  const text = told.length > MOST_CHARACTERS ? `${told.slice(0, MOST_CHARACTERS)}…` : told;
  const links = group.slice(0, LINKED_HOSTS).flatMap((failure) => {
    const link = linkOf(failure);
    return link === undefined ? [] : [markup`<a href="${link}">${failure.host}</a>\n`];
  });
  const left = group.length - links.length;
  const status = step === undefined && error.code !== "STEP_FAILED" ? "unreachable" : "failed";
  return markup`<li>
<h3 class="line"><span class="sign s-${status}"></span><span>${foldHosts(group.map(({ host }) => host))}</span>
<span class="muted">${formatCount(group.length, "host")}</span></h3>
<p class="muted">${step === undefined ? play : `${play} › ${step}`}</p>
<pre tabindex="0">${text}</pre>
<p class="links live">${links}${left > 0 ? `and ${left} more` : ""}</p>
</li>
`;
}
