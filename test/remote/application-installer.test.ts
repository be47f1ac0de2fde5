import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ApplicationPush } from "../../src/engine/remote-node.ts";
import type { ShippedApplication } from "../../src/engine/shipped-application.ts";
import { atom, Atom, binary, charlist, isTuple, tuple, type Term, type Tuple } from "../../src/etf/term.ts";
import { ApplicationInstaller } from "../../src/remote/application-installer.ts";
import { temporaryFolder } from "../beam/temporary-folder.ts";

const signal = new AbortController().signal;
const ROOT = "/tmp/fusion-play-xyz";

function application(name: string, fields: Partial<ShippedApplication> = {}): ShippedApplication {
  return {
    name,
    version: "1.0",
    resource: tuple(atom("application"), atom(name), []),
    file: `${name}.app`,
    modules: [name],
    needs: [],
    files: [],
    folders: [],
    fingerprint: name,
    ...fields,
  };
}

/** An application with two files, the second of a size. */
function nif(folder: string, bytes: number): ShippedApplication {
  return application("nif", {
    files: [
      {
        path: "ebin/nif.app",
        file: `${folder}/nif.app`,
        bytes: 3,
        sha256: "a",
        executable: false,
        target: undefined,
      },
      {
        path: "priv/tool",
        file: `${folder}/tool`,
        bytes,
        sha256: "b",
        executable: true,
        target: undefined,
      },
    ],
    folders: ["ebin", "priv"],
  });
}

const NIF = nif("/here", 256 * 1024);

function push(applications: readonly ShippedApplication[], entries: readonly string[] = []): ApplicationPush {
  const environment = { application: "nif", entries: entries.map((key) => [key, 1] as const) };
  return { applications, modules: [], environment };
}

/** An agent that notes what it is asked, and what is uploaded. */
function host(answers: Readonly<Record<string, Term>> = {}): {
  installer: ApplicationInstaller;
  asked: string[];
  requests: Term[];
  uploaded: string[];
} {
  const asked: string[] = [];
  const requests: Term[] = [];
  const uploaded: string[] = [];
  const usual: Record<string, Term> = {
    applications: [tuple(atom("kernel"), atom("own")), tuple(atom("lager"), atom("other"))],
    folders: tuple(atom("ok"), binary(ROOT)),
    install: atom("ok"),
  };
  const installer = new ApplicationInstaller({
    host: "web1",
    runtime: { otp: "25", elixir: null, architecture: "x86_64-pc-linux-gnu", bits: 64 },
    ask: async (request) => {
      const kind = isTuple(request) && request.elements[0] instanceof Atom ? request.elements[0].name : "";
      asked.push(kind);
      requests.push(request);
      return answers[kind] ?? usual[kind] ?? atom("unknown");
    },
    upload: async (files) =>
      void uploaded.push(...files.map(({ from, to, mode }) => `${from} → ${to} ${mode.toString(8)}`)),
  });
  return { installer, asked, requests, uploaded };
}

test("presence() asks once about each application, and knows what was installed", async () => {
  const { installer, asked } = host();
  expect(await installer.presence(["kernel", "lager", "nif"], signal)).toEqual(
    new Map([
      ["kernel", "own"],
      ["lager", "other"],
    ]),
  );
  await installer.install(push([NIF]), signal);
  expect(await installer.presence(["kernel", "nif"], signal)).toEqual(
    new Map([
      ["kernel", "own"],
      ["nif", "other"],
    ]),
  );
  expect(asked).toEqual(["applications", "folders", "install"]);
});

test("install() uploads each version once, into a folder of its own, and installs it then", async () => {
  const { installer, asked, uploaded } = host();
  const sent = await installer.install(push([application("plain"), NIF]), signal);
  expect(sent.map(({ application: name, path }) => `${name} ${path}`)).toEqual([
    "nif ebin/nif.app",
    "nif priv/tool",
  ]);
  expect(uploaded).toEqual([
    `/here/nif.app → ${ROOT}/1/nif-1.0/ebin/nif.app 600`,
    `/here/tool → ${ROOT}/1/nif-1.0/priv/tool 700`,
  ]);
  expect(await installer.install(push([application("plain"), NIF]), signal)).toEqual([]);
  expect(asked).toEqual(["folders", "install"]);
  // The environment is set anew each time.
  await installer.install(push([NIF], ["key"]), signal);
  expect(asked).toEqual(["folders", "install", "install"]);
  const changed = application("nif", { ...NIF, version: "../..", fingerprint: "changed" });
  expect(await installer.install(push([changed]), signal)).toHaveLength(2);
  // A version that would lead elsewhere is no part of the path.
  expect(uploaded.at(-1)).toBe(`/here/tool → ${ROOT}/2/nif/priv/tool 700`);
});

test("install() sends small files with the request that installs them", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "nif.app"), "app");
  writeFileSync(join(folder, "tool"), Buffer.alloc(256 * 1024 - 3, 7));
  const { installer, asked, requests, uploaded } = host();
  const small = nif(folder, 256 * 1024 - 3);
  expect(await installer.install(push([application("plain"), small]), signal)).toHaveLength(2);
  expect([asked, uploaded]).toEqual([["install"], []]);
  expect((requests[0] as Tuple).elements[1]).toEqual(
    tuple(
      [charlist("1/nif-1.0/ebin"), charlist("1/nif-1.0/priv")],
      [
        tuple(charlist("1/nif-1.0/ebin/nif.app"), 0o600, Buffer.from("app")),
        tuple(charlist("1/nif-1.0/priv/tool"), 0o700, Buffer.alloc(256 * 1024 - 3, 7)),
      ],
    ),
  );
  expect(await installer.install(push([small]), signal)).toEqual([]);
  writeFileSync(join(folder, "tool"), "changed");
  await expect(installer.install(push([{ ...small, fingerprint: "changed" }]), signal)).rejects.toMatchObject(
    {
      code: "FILE_UNREADABLE",
      message: `Cannot upload "${folder}/tool": it was changed while it was read`,
    },
  );
  expect(asked).toEqual(["install"]);
});

test("install() does not count as done what failed, and goes on with the next", async () => {
  const uploads: string[] = [];
  const failing = new ApplicationInstaller({
    host: "web1",
    runtime: { otp: "25", elixir: null, architecture: "", bits: 64 },
    ask: async (request) =>
      isTuple(request) && request.elements[0] instanceof Atom && request.elements[0].name === "folders"
        ? tuple(atom("ok"), binary(ROOT))
        : atom("ok"),
    upload: async ([first]) => {
      uploads.push(first?.to ?? "");
      if (uploads.length === 1) throw new Error("broken");
    },
  });
  const [first, second] = [failing.install(push([NIF]), signal), failing.install(push([NIF]), signal)];
  await expect(first).rejects.toThrow("broken");
  expect(await second).toHaveLength(2);
  expect(uploads).toEqual([`${ROOT}/1/nif-1.0/ebin/nif.app`, `${ROOT}/2/nif-1.0/ebin/nif.app`]);
  expect(await failing.install(push([NIF]), signal)).toEqual([]);
});

test.each<[string, Record<string, Term>, string, RegExp, RegExp]>([
  [
    "no folder can be made",
    { folders: tuple(atom("error"), tuple(atom("no_folder"), binary("mktemp: Read-only file system"))) },
    "UPLOAD_FAILED",
    /^Cannot make a folder for files on web1: mktemp: Read-only file system$/,
    /TMPDIR/,
  ],
  [
    "the folder is none",
    { folders: tuple(atom("ok"), binary("relative")) },
    "APPLICATION_START_FAILED",
    /^Cannot install applications on web1: \{ok,/,
    /^$/,
  ],
  [
    "a file cannot be written",
    {
      install: tuple(
        atom("error"),
        tuple(atom("not_written"), binary("/tmp/x/priv/tool"), binary("no space left on device")),
      ),
    },
    "UPLOAD_FAILED",
    /^Cannot write "\/tmp\/x\/priv\/tool" on web1: no space left on device$/,
    /TMPDIR/,
  ],
  [
    "SFTP writes somewhere else",
    { install: tuple(atom("error"), tuple(atom("not_there"), binary("/tmp/x/priv/tool"))) },
    "UPLOAD_FAILED",
    /^Cannot find "\/tmp\/x\/priv\/tool" on web1, where it was uploaded to$/,
    /ChrootDirectory/,
  ],
  [
    "an application cannot be loaded",
    { install: tuple(atom("error"), tuple(atom("not_loaded"), atom("nif"), atom("bad_application"))) },
    "APPLICATION_START_FAILED",
    /^Cannot load the application nif on web1: bad_application$/,
    /\.app/,
  ],
])("install() says so, when %s", async (_, answers, code, message, hint) => {
  const error = await host(answers)
    .installer.install(push([NIF]), signal)
    .then(
      () => undefined,
      (reason: unknown) => reason as { code: string; message: string; hint?: string },
    );
  expect(error?.code).toBe(code);
  expect(error?.message).toMatch(message);
  expect(error?.hint ?? "").toMatch(hint);
});
