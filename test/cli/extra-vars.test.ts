import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readExtraVariables, valuesOf } from "../../src/cli/extra-vars.ts";
import { secret } from "../../src/secret.ts";
import { Keys } from "../../src/secrets/keys.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const read = async (...values: string[]): Promise<unknown> =>
  valuesOf(await readExtraVariables(values, new Keys()));

test("readExtraVariables() reads the value of a name as YAML does", async () => {
  const given = ["n=3", "yes_it_is=true", 'text="1.10"', "list=[a, b]", "empty=", "url=http://a?b=c"];
  expect(await read(...given)).toEqual({
    n: 3,
    yes_it_is: true,
    text: "1.10",
    list: ["a", "b"],
    empty: "",
    url: "http://a?b=c",
  });
});

test.each(["%a", "&a", "*a", "!a b", "@a", "[a", '"a', "a #b", "null", "0123", "{{ a", "'a'b"])(
  "readExtraVariables() takes the password %j as it was written",
  async (password) => {
    const [variable] = await readExtraVariables([`ansible_become_pass=${password}`], new Keys());
    expect(variable).toMatchObject({ data: password, source: password });
  },
);

test.each([
  ['"a\\tb"', "a\tb"],
  ["'it''s'", "it's"],
  ["!secret a", secret("a")],
])("readExtraVariables() reads the password %s as YAML does", async (written, password) => {
  const [variable] = await readExtraVariables([`fusion_password=${written}`], new Keys());
  expect(variable?.data).toEqual(password);
});

test.each(["%hunter2", "*hunter2", "!hunter2 a", '"hunter2', "[hunter2", "{hunter2: 1, hunter2: 2}"])(
  "readExtraVariables() does not repeat %s where it is no YAML, and the name is that of a secret",
  async (value) => {
    await expect(read(`api_token=${value}`)).rejects.toThrow(
      /^--extra-vars api_token:1:\d+: (?![^]*hunter2)/u,
    );
  },
);

test("readExtraVariables() reads several names, when every word gives one", async () => {
  expect(await read("a=1 b=\"two words\"  c='x y'")).toEqual({ a: 1, b: "two words", c: "x y" });
  expect(await read("message=two words", "query=a  b=")).toEqual({ message: "two words", query: "a", b: "" });
});

test("readExtraVariables() reads JSON, and files as Ansible does; what comes later wins", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "vars.yml"), "a: yes\nmode: 0644\n");
  writeFileSync(join(folder, "vars.json"), '{"b": [1]}');
  const files = [`@${folder}/vars.yml`, `@${folder}/vars.json`];
  expect(await read("a=1", ...files, '{"c": "d", "mode": 1}')).toEqual({ a: true, mode: 1, b: [1], c: "d" });
});

test.each(["secret", "two words", "3=4", "a-b=c", "=x"])("readExtraVariables() refuses %j", async (value) => {
  await expect(read(value)).rejects.toMatchObject({
    code: "USAGE",
    message: "Cannot read what --extra-vars gives: it is no name=value",
  });
});

test("readExtraVariables() refuses files that hold no mapping, or do not exist", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "list.yml"), "- a\n");
  await expect(read(`@${folder}/list.yml`)).rejects.toThrow("it holds no mapping of names to values");
  await expect(read(`@${folder}/lst.yml`)).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
});
