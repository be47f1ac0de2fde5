import fc from "fast-check";
import { expect, test } from "vitest";
import { compileCel } from "../../../src/playbook/cel.ts";
import { jinjaToCel } from "../../../src/playbook/from-ansible/jinja-to-cel.ts";

const names = new Map([
  ["disk", "disk"],
  ["account", "item"],
]);

test.each([
  ["x is defined", "has(vars.x)"],
  ["x is not defined and y", "!has(vars.x) && vars.y"],
  ["x is undefined or not y", "!has(vars.x) || !vars.y"],
  ["not a == b", "!(vars.a == vars.b)"],
  ["(a or b) and c", "(vars.a || vars.b) && vars.c"],
  ["a or b and c", "vars.a || (vars.b && vars.c)"],
  ["a if b else c", "vars.b ? vars.a : vars.c"],
  ["a ~ '-' ~ b", 'string(vars.a) + "-" + string(vars.b)'],
  ["(a + 1) * 2 > 3", "((vars.a + 1) * 2) > 3"],
  ["x is not none", "!(vars.x == null)"],
  ["True and x is none", "true && vars.x == null"],
  ["'web' in group_names", '"web" in host.groups'],
  ["'web' not in group_names", '!("web" in host.groups)'],
  ["inventory_hostname == groups['web'][0]", 'host.name == groups["web"][0]'],
  ["hostvars[item].ansible_host", "hostvars[item].ansible_host"],
  ["account.name", "item.name"],
  ["ansible_memtotal_mb > 512", "(facts.memory.total / 1048576) > 512"],
  ["ansible_facts['hostname'] == ansible_facts.nodename", "facts.hostname == facts.hostname"],
  ["port | default(80)", "has(vars.port) ? vars.port : 80"],
  ["item.tags | default([]) | join(',')", '(has(item.tags) ? item.tags : []).join(",")'],
  ["users | length > 0", "size(vars.users) > 0"],
  ["(a / 2) | int", "int(vars.a / 2)"],
  ["name.split(',').0 | upper", 'vars.name.split(",")[0].upperAscii()'],
  ["x is match('a.*')", 're(vars.x, "^a.*")'],
  ["disk.rc == 0 and 'ok' in disk.stdout", 'disk[1] == 0 && disk[0].contains("ok")'],
  ["disk.free >= -1.5", "disk.free >= (-1.5)"],
])("jinjaToCel() says %s in CEL", (jinja, cel) => {
  expect(jinjaToCel(jinja, names)).toEqual({ cel });
});

test.each([
  ["disk.stdout_lines", "A registered name is what the function gave"],
  ["disk is changed", "There is no such test of results"],
  ["v is version('1.2', '>=')", 'There is no test "is version"'],
  ["users | map(attribute='name')", 'There is no filter "map"'],
  ["lookup('file', 'x')", "There are no lookups"],
  ["range(3)", "There is no function range()"],
  ["x.find('a')", "There is no method find()"],
  ["ansible_os_family", "Facts have other names here"],
  ["x | default(omit)", "There is no omit"],
  ["{'a': 1}", "Write it in CEL"],
  ["a b", "Write it in CEL"],
  ["", "Write it in CEL"],
  ["(".repeat(400), "Write it in CEL"],
  ["not ".repeat(100), "Write it in CEL"],
])("jinjaToCel() says why %s is nothing in CEL", (jinja, reason) => {
  expect(jinjaToCel(jinja, names)).toEqual({ reason: expect.stringContaining(reason) as unknown });
});

test("jinjaToCel() gives CEL that can be compiled, or a reason, for any words of Jinja", () => {
  const words = "a disk item not is in if else and or defined none | default ( ) [ ] , . 'x' 1 == ~ - + join";
  const expression = fc.array(fc.constantFrom(...words.split(" ")), { maxLength: 12 });
  fc.assert(
    fc.property(expression, (parts) => {
      const translation = jinjaToCel(parts.join(" "), names);
      if ("reason" in translation) return translation.reason !== "";
      const known = ["vars", "host", "groups", "hostvars", "facts", "item", "disk"];
      return "program" in compileCel(translation.cel, known);
    }),
    { numRuns: 2000 },
  );
});
