// A mistake built into a source by its syntax: a node of a function is found by what it is and by
// the words in it, and changed. Words are names that outlive a rewrite: properties, texts and what
// stands outside of the function, never its parameters and variables; so neither another format
// nor another name of a local takes a mutant away.

import ts from "typescript";

type NodeKind = "if" | "conditional" | "return" | "value" | "call" | "list" | "&&" | "||" | "??";

/**
 * `always`, `never`: the condition of an `if` or a conditional. `then`: what an `if` does.
 * `becomes`: the value of a return, a variable or a call; $1 is the first parameter of the function.
 * `keeps`: the elements of a list, or of operands in a row, that stay. `first goes last`: of a list.
 * `without`: a call that hands on what it is called on.
 */
type Change =
  | "always"
  | "never"
  | "first goes last"
  | "without"
  | { readonly then: string }
  | { readonly becomes: string }
  | { readonly keeps: readonly number[] };

export type Mutation = {
  readonly file: string;
  /** The function, by its name. */
  readonly in: string;
  /** What the node is, and words that stand in it; the innermost such node is meant. */
  readonly at: readonly [NodeKind, ...string[]];
  readonly change: Change;
};

/** The source with the mistake in it; throws with what was looked for when it is not there. */
export function mutated(source: string, mutation: Mutation): string {
  const tree = ts.createSourceFile(mutation.file, source, ts.ScriptTarget.Latest, true);
  const found = functionNamed(mutation, tree);
  const node = nodeIn(found, mutation);
  const edit = edited(node, found, mutation);
  return source.slice(0, edit.of.getStart()) + edit.text + source.slice(edit.of.end);
}

type Named = ts.FunctionDeclaration | ts.ArrowFunction | ts.FunctionExpression;

function functionNamed({ file, in: name }: Mutation, tree: ts.SourceFile): Named {
  const found = [...below(tree)].flatMap((node): Named[] => {
    if (ts.isFunctionDeclaration(node)) return node.name?.text === name ? [node] : [];
    if (!ts.isVariableDeclaration(node) || node.name.getText() !== name) return [];
    const { initializer } = node;
    const isFunction =
      initializer !== undefined &&
      (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
    return isFunction ? [initializer] : [];
  });
  return only(found, `function ${name}`, file);
}

function nodeIn(within: Named, { file, in: name, at: [kind, ...words] }: Mutation): ts.Node {
  const locals = localsOf(within);
  const fits = [...below(within)].filter((node) => {
    if (!isA(kind, node)) return false;
    const there = wordsOf(node, kind, locals);
    return words.every((word) => there.has(word));
  });
  const innermost = fits.filter(
    (node) => !fits.some((other) => other !== node && holds(node, other)),
  );
  const said = words.length === 0 ? "" : ` with ${words.join(", ")}`;
  return only(innermost, `"${kind}"${said} in ${name}`, file);
}

function only<T>(found: readonly T[], what: string, file: string): T {
  if (found.length === 1) return found[0]!;
  throw new Error(`${file}: ${found.length === 0 ? "no" : found.length} ${what}`);
}

function isA(kind: NodeKind, node: ts.Node): boolean {
  switch (kind) {
    case "if":
      return ts.isIfStatement(node);
    case "conditional":
      return ts.isConditionalExpression(node);
    case "return":
      return ts.isReturnStatement(node) && node.expression !== undefined;
    case "value":
      return ts.isVariableDeclaration(node) && node.initializer !== undefined;
    case "call":
      return ts.isCallExpression(node);
    case "list":
      return ts.isArrayLiteralExpression(node);
    case "&&":
    case "||":
    case "??":
      return operatorOf(node) === kind && operatorOf(node.parent) !== kind;
  }
}

/** A call is known by its name and its arguments, a list also by the method called on it. */
function wordsOf(node: ts.Node, kind: NodeKind, locals: ReadonlySet<string>): ReadonlySet<string> {
  const { parent } = node;
  const of =
    ts.isCallExpression(node) && kind === "call" ? [calleeName(node), ...node.arguments] : [node];
  const method = kind === "list" && ts.isPropertyAccessExpression(parent) ? [parent.name] : [];
  return new Set(
    [...of, ...method]
      .flatMap((item) => [item, ...below(item)])
      .flatMap((item) => wordOf(item, locals)),
  );
}

function wordOf(node: ts.Node, locals: ReadonlySet<string>): readonly string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (!ts.isIdentifier(node)) return [];
  const { parent } = node;
  const isProperty =
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node);
  return isProperty || !locals.has(node.text) ? [node.text] : [];
}

function calleeName({ expression }: ts.CallExpression): ts.Node {
  return ts.isPropertyAccessExpression(expression) ? expression.name : expression;
}

function localsOf(within: Named): ReadonlySet<string> {
  return new Set(
    [...below(within)].flatMap((node) => {
      const declares =
        ts.isParameter(node) ||
        ts.isVariableDeclaration(node) ||
        ts.isBindingElement(node) ||
        ts.isFunctionDeclaration(node);
      return declares && node.name !== undefined && ts.isIdentifier(node.name)
        ? [node.name.text]
        : [];
    }),
  );
}

type Edit = { readonly of: ts.Node; readonly text: string };

function edited(node: ts.Node, within: Named, { change, at, file }: Mutation): Edit {
  const edit = editOf(node, change, (code) => withParameters(code, within));
  if (edit !== undefined) return edit;
  throw new Error(`${file}: "${at[0]}" cannot be changed so: ${JSON.stringify(change)}`);
}

function editOf(node: ts.Node, change: Change, filled: (code: string) => string): Edit | undefined {
  if (change === "always" || change === "never") {
    const of = conditionOf(node);
    return of && { of, text: String(change === "always") };
  }
  if (change === "without") {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression))
      return undefined;
    return { of: node, text: node.expression.expression.getText() };
  }
  if (change === "first goes last") {
    const [first, ...rest] = partsOf(node);
    return first === undefined ? undefined : { of: node, text: joined(node, [...rest, first]) };
  }
  if ("then" in change) {
    return ts.isIfStatement(node)
      ? { of: node.thenStatement, text: filled(change.then) }
      : undefined;
  }
  if ("becomes" in change) {
    const of = valueOf(node);
    return of && { of, text: filled(change.becomes) };
  }
  const parts = change.keeps.map((index) => partsOf(node)[index]);
  return parts.includes(undefined)
    ? undefined
    : { of: node, text: joined(node, parts as ts.Node[]) };
}

function conditionOf(node: ts.Node): ts.Node | undefined {
  if (ts.isIfStatement(node)) return node.expression;
  return ts.isConditionalExpression(node) ? node.condition : undefined;
}

function valueOf(node: ts.Node): ts.Node | undefined {
  if (ts.isReturnStatement(node)) return node.expression;
  if (ts.isVariableDeclaration(node)) return node.initializer;
  return ts.isCallExpression(node) ? node : undefined;
}

/** The elements of a list, the operands of a row. */
function partsOf(node: ts.Node): readonly ts.Node[] {
  if (ts.isArrayLiteralExpression(node)) return node.elements;
  const operator = operatorOf(node);
  if (operator === undefined || !ts.isBinaryExpression(node)) return [];
  const left = operatorOf(node.left) === operator ? partsOf(node.left) : [node.left];
  return [...left, node.right];
}

function joined(node: ts.Node, parts: readonly ts.Node[]): string {
  const texts = parts.map((part) => part.getText());
  return ts.isArrayLiteralExpression(node)
    ? `[${texts.join(", ")}]`
    : texts.join(` ${operatorOf(node)} `);
}

function operatorOf(node: ts.Node): "&&" | "||" | "??" | undefined {
  if (!ts.isBinaryExpression(node)) return undefined;
  const text = node.operatorToken.getText();
  return text === "&&" || text === "||" || text === "??" ? text : undefined;
}

function withParameters(code: string, within: Named): string {
  return code.replace(/\$(\d)/g, (_, n: string) =>
    within.parameters[Number(n) - 1]!.name.getText(),
  );
}

function* below(node: ts.Node): Generator<ts.Node> {
  for (const child of node.getChildren()) {
    yield child;
    yield* below(child);
  }
}

function holds(outer: ts.Node, inner: ts.Node): boolean {
  return outer.getStart() <= inner.getStart() && inner.end <= outer.end;
}
