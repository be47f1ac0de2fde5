import { join } from "node:path";
import {
  API,
  NodeBuilderFlags,
  SymbolFlags,
  type Checker,
  type Project,
  type Symbol,
} from "typescript/unstable/sync";
import type {
  ClassDeclaration,
  IndexedAccessTypeNode,
  InterfaceDeclaration,
  Node,
} from "typescript/unstable/ast";
import {
  isClassDeclaration,
  isConstructorDeclaration,
  isFunctionDeclaration,
  isIndexedAccessTypeNode,
  isInterfaceDeclaration,
  isMethodDeclaration,
  isPrivateIdentifier,
  isPropertyDeclaration,
  isTypeAliasDeclaration,
} from "typescript/unstable/ast/is";
import { parseDocComment, type DocComment } from "./doc-comment.ts";

/** Something that `src/index.ts` exports. */
export interface ApiEntry {
  readonly kind: "class" | "function" | "interface" | "type";
  readonly name: string;
  /** The comment above its export. */
  readonly section: string;
  /** Declaration without what is in braces, where that is told as members. */
  readonly signature: string;
  readonly doc: DocComment;
  readonly members: readonly ApiMember[];
  /** Types of this package that it names and that are not exported. */
  readonly unexported: readonly string[];
}

/** A property, method or constructor. */
export interface ApiMember {
  readonly name: string;
  readonly signature: string;
  readonly doc: DocComment;
}

/**
 * Reads what the package at `root` exports, in the order of `src/index.ts`.
 *
 * @throws {Error} if a declaration is of a kind that is unknown here
 */
export function readApi(root: string): ApiEntry[] {
  const api = new API({ cwd: root });
  try {
    const config = join(root, "tsconfig.build.json");
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`Cannot read the API: ${config} is no project`);
    return readProject(project, join(root, "src", "index.ts"));
  } finally {
    api.close();
  }
}

function readProject({ program, checker }: Project, index: string): ApiEntry[] {
  const file = program.getSourceFile(index);
  const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (file === undefined || symbol === undefined) throw new Error(`Cannot read the API: no module ${index}`);
  const names = exportedNames(file.text);
  const symbols = new Map(checker.getExportsOfModule(symbol).map((exported) => [exported.name, exported]));
  const missing = [...symbols.keys()].filter((name) => !names.has(name));
  if (missing.length > 0) throw new Error(`Cannot read the API: ${missing.join(", ")} in no section`);
  return [...names].map(([name, section]) => {
    const exported = symbols.get(name);
    if (exported === undefined) throw new Error(`Cannot read the API: no export ${name}`);
    const isAlias = (exported.flags & SymbolFlags.Alias) !== 0;
    return readEntry({ checker, section, names }, isAlias ? checker.getAliasedSymbol(exported) : exported);
  });
}

/** The names of the exports, with the comments above them. */
function exportedNames(index: string): Map<string, string> {
  const names = new Map<string, string>();
  let section = "";
  for (const [, comment, list] of index.matchAll(/^\/\/ (.+)$|^export (?:type )?\{([^}]+)\}/gm)) {
    if (comment !== undefined) section = comment;
    for (const [name] of list?.matchAll(/\w+(?=,|\s*$)/g) ?? []) names.set(name, section);
  }
  return names;
}

/** Comments of several lines on parts of a type are for pages of their own, as that of the codes of errors. */
function withoutLongComments(signature: string): string {
  return signature.replaceAll(/^ *\/\*\*\n[^]*?\*\/\n/gm, "");
}

interface Context {
  readonly checker: Checker;
  readonly section: string;
  readonly names: ReadonlyMap<string, string>;
}

function readEntry({ checker, section, names }: Context, symbol: Symbol): ApiEntry {
  const { name } = symbol;
  const node = symbol.declarations[0]?.resolve();
  if (node === undefined) throw new Error(`Cannot read the API: ${name} is declared nowhere`);
  const unexported = (signature: string): string[] =>
    typesIn(signature).filter((type) => !names.has(type) && isDeclaredHere(type, node, checker));
  const entry = (kind: ApiEntry["kind"], declaration: string, nodes: readonly Node[] = []): ApiEntry => {
    const signature = declaration.replace(/^export (?:async )?/, "");
    const members = nodes.filter(isPublic).map((member) => readMember(member, name, checker));
    const signatures = [signature, ...members.map((member) => member.signature)];
    return {
      kind,
      name,
      section,
      signature,
      doc: docOf(node),
      members,
      unexported: signatures.flatMap(unexported),
    };
  };

  if (isTypeAliasDeclaration(node)) return entry("type", withoutLongComments(textOf(node, checker)));
  if (isFunctionDeclaration(node)) return entry("function", `${textOf(node, checker, node.body?.pos)};`);
  if (isClassDeclaration(node)) return entry("class", headOf(node, checker), node.members);
  if (!isInterfaceDeclaration(node)) throw new Error(`Cannot read the API: ${name} is of an unknown kind`);
  const head = headOf(node, checker);
  // What it extends can be looked up only where that is exported; otherwise all is told as its own.
  if (unexported(head).length === 0) return entry("interface", head, node.members);
  const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
  const members = properties.flatMap((property) => property.declarations[0]?.resolve() ?? []);
  return entry("interface", head.replace(/\s+extends .*$/s, ""), members);
}

/** The types and classes that a signature names. */
export function typesIn(signature: string): string[] {
  const code = signature.replaceAll(/"[^"]*"|\/\*.*?\*\/|\/\/.*$/gms, "");
  return [...new Set(code.match(/\b[A-Z]\w*\b/g))];
}

/** Whether a name is a type that the file of `node` declares or imports, and not JavaScript's. */
function isDeclaredHere(name: string, node: Node, checker: Checker): boolean {
  const symbol = checker.resolveName(name, SymbolFlags.Type, node, true);
  return symbol !== undefined && (symbol.flags & SymbolFlags.TypeParameter) === 0;
}

function isPublic(member: Node): boolean {
  const name = nameOf(member);
  return name === undefined || !isPrivateIdentifier(name);
}

/** The name of a member; undefined of a constructor. */
function nameOf(member: Node & { readonly name?: Node }): Node | undefined {
  return member.name;
}

function readMember(node: Node, owner: string, checker: Checker): ApiMember {
  const doc = docOf(node);
  if (isConstructorDeclaration(node)) {
    const signature = textOf(node, checker, node.body?.pos).replace("constructor", `new ${owner}`);
    return { name: "constructor", signature, doc };
  }
  const name = nameOf(node);
  return {
    name: name === undefined ? "" : textOf(name, checker),
    signature: memberSignature(node, checker),
    doc,
  };
}

function memberSignature(node: Node, checker: Checker): string {
  if (isMethodDeclaration(node)) return textOf(node, checker, node.body?.pos);
  if (!isPropertyDeclaration(node)) return textOf(node, checker).replace(/;$/, "");
  const text = textOf(node, checker, node.type?.end).replace(/^override /, "");
  // A property without a type is what it begins with, such as `readonly type = "atom"`.
  return text.replace(/;$/, "").replace(/ = (.*)$/s, ": $1");
}

function headOf(node: InterfaceDeclaration | ClassDeclaration, checker: Checker): string {
  return textOf(node, checker, node.members.pos).replace(/\s*\{$/, "");
}

function docOf(node: Node): DocComment {
  const comment = node.jsDoc?.at(-1);
  return parseDocComment(
    comment === undefined ? "" : node.getSourceFile().text.slice(comment.pos, comment.end),
  );
}

/** The source of a node, without doc comment; types such as `Step["kind"]` are resolved. */
function textOf(node: Node, checker: Checker, end: number = node.end): string {
  const { text } = node.getSourceFile();
  let [result, position] = ["", node.getStart()];
  const column = position - text.lastIndexOf("\n", position) - 1;
  for (const type of indexedAccesses(node).filter((inner) => inner.end <= end)) {
    const resolved = checker.getTypeFromTypeNode(type);
    if (resolved === undefined) continue;
    result += text.slice(position, type.getStart());
    const resolvedText = checker.typeToString(resolved, node, NodeBuilderFlags.NoTruncation);
    result += resolvedText.replaceAll(/import\("[^"]*"\)\./g, "");
    position = type.end;
  }
  result += text.slice(position, end);
  return result.replaceAll(`\n${" ".repeat(column)}`, "\n").trim();
}

/** The outermost types of the form `Type["property"]`. */
function indexedAccesses(node: Node): IndexedAccessTypeNode[] {
  if (isIndexedAccessTypeNode(node)) return [node];
  const found: IndexedAccessTypeNode[] = [];
  node.forEachChild((child) => void found.push(...indexedAccesses(child)));
  return found;
}
