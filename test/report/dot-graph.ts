/** A graph of Graphviz, as far as `modules --dot` writes such. */
export interface DotGraph {
  /** Attributes of each node by its ID. */
  readonly nodes: Map<string, Record<string, string>>;
  readonly edges: {
    readonly from: string;
    readonly to: string;
    readonly attributes: Record<string, string>;
  }[];
}

/** Tokens of the language: punctuation, edges, quoted IDs, plain IDs. */
const TOKEN = /\s*(?:([{}[\];,=])|(->)|"((?:[^"\\]|\\[\s\S])*)"|([A-Za-z_][A-Za-z0-9_]*))/y;

interface Token {
  /** Only a plain ID can be a word of the language. */
  readonly type: "sign" | "plain" | "quoted";
  readonly text: string;
}

/**
 * Reads a graph strictly by the grammar, without the parts of it that are never written (subgraphs,
 * ports, HTML strings).
 *
 * @see https://graphviz.org/doc/info/lang.html
 * @throws {Error} the text is not in the language, or an edge leads to a node that is not declared
 */
export function readDot(text: string): DotGraph {
  const tokens = tokensOf(text);
  const next = (): Token => tokens.shift() ?? fail("the text ends too early");
  const sign = (expected: string): void => {
    const { type, text: found } = next();
    if (type !== "sign" || found !== expected) fail(`"${found}" stands where "${expected}" should`);
  };
  const id = (): string => {
    const token = next();
    return token.type === "sign" ? fail(`"${token.text}" is no ID`) : token.text;
  };
  const isSign = (expected: string): boolean => tokens[0]?.type === "sign" && tokens[0].text === expected;
  const attributes = (): Record<string, string> => {
    const found: Record<string, string> = {};
    sign("[");
    while (!isSign("]")) {
      const name = id();
      sign("=");
      found[name] = id();
      if (!isSign("]")) sign(",");
    }
    sign("]");
    return found;
  };

  const graph: DotGraph = { nodes: new Map(), edges: [] };
  if (id() !== "digraph") fail("it is no directed graph");
  id();
  sign("{");
  while (!isSign("}")) {
    const isWord = tokens[0]?.type === "plain";
    const first = id();
    if (isSign("=")) {
      sign("=");
      id();
    } else if (isSign("->")) {
      sign("->");
      graph.edges.push({ from: first, to: id(), attributes: attributes() });
    } else if (isWord && ["node", "edge", "graph"].includes(first)) {
      attributes();
    } else {
      if (graph.nodes.has(first)) fail(`"${first}" is declared twice`);
      graph.nodes.set(first, attributes());
    }
    sign(";");
  }
  sign("}");
  if (tokens.length > 0) fail("text follows the graph");
  for (const { from, to } of graph.edges) {
    for (const node of [from, to]) if (!graph.nodes.has(node)) fail(`"${node}" is not declared`);
  }
  return graph;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text) ?? fail(`no token begins at ${at}`);
    const [, punctuation, arrow, quoted, plain] = match;
    const signText = punctuation ?? arrow;
    if (signText !== undefined) tokens.push({ type: "sign", text: signText });
    // In a quoted ID, only an escaped quote means another character than those that stand there.
    else if (quoted !== undefined) tokens.push({ type: "quoted", text: quoted.replaceAll('\\"', '"') });
    else tokens.push({ type: "plain", text: plain ?? "" });
  }
  return tokens;
}

function fail(reason: string): never {
  throw new Error(`Cannot read the graph: ${reason}`);
}
