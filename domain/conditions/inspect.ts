/** Checks a parsed condition when its policy is published, and rewrites it so that it is safe to evaluate. */
import type { parse } from '@bufbuild/cel';

export type Expr = ReturnType<typeof parse>['expr'];

/** The result of the inspection: faults, the literals that need checking, and the size of the expression. */
interface Inspection {
  faults: string[];
  patterns: string[];
  calendars: string[];
  zones: string[];
  nodes: number;
  functions: ReadonlySet<string>;
}

const VARIABLES = ['context', 'agent', 'action', 'requester', 'now'];
const TYPES = new Set(['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type']);
const OPERATORS = new Set(['_?_:_', '_&&_', '_||_', '_[_]', '@not_strictly_false']);
const MAX_DEPTH = 100;
const MAX_LOOPS = 3;
/** Cost of one loop round, in addition to its nodes: an error in a round is as slow as many nodes. */
const ROUND_UNITS = 50;

const call = (name: string, args: Expr[]): Expr => ({
  $typeName: 'cel.expr.Expr',
  id: 0n,
  exprKind: { case: 'callExpr', value: { $typeName: 'cel.expr.Expr.Call', function: name, args } },
});

const integer = (value: number): Expr => ({
  $typeName: 'cel.expr.Expr',
  id: 0n,
  exprKind: {
    case: 'constExpr',
    value: { $typeName: 'cel.expr.Constant', constantKind: { case: 'int64Value', value: BigInt(value) } },
  },
});

const literal = (expr: Expr | undefined): string | null =>
  expr?.exprKind.case === 'constExpr' && expr.exprKind.value.constantKind.case === 'stringValue'
    ? expr.exprKind.value.constantKind.value
    : null;

/** Collects the arguments of `open`, `date` and `matches`. They must be literals, so that they can be checked now. */
const inspectLiterals = (name: string, args: Expr[], found: Inspection): void => {
  const list = { open: found.calendars, date: found.zones, matches: found.patterns }[name];
  if (!list) return;
  const text = literal(args[0]);
  if (text !== null) list.push(text);
  else
    found.faults.push(
      `${name}() needs its ${name === 'matches' ? 'regular expression' : 'argument'} written out in quotes, so that it can be checked now`,
    );
};

type Visit = (expr: Expr | undefined, names: ReadonlySet<string>, depth: number, loops: number) => void;

const inspectLoop = (
  expr: Expr,
  names: ReadonlySet<string>,
  depth: number,
  loops: number,
  found: Inspection,
  visit: Visit,
): void => {
  if (expr.exprKind.case !== 'comprehensionExpr') return;
  const loop = expr.exprKind.value;
  if (loops === MAX_LOOPS)
    return void found.faults.push(
      `loops are nested more than ${MAX_LOOPS} deep; use fewer all/exists/map/filter inside each other`,
    );
  if (VARIABLES.includes(loop.iterVar))
    found.faults.push(`a loop's variable may not be called ${loop.iterVar}; choose another name`);
  const inner = new Set([...names, loop.iterVar, loop.accuVar]);
  visit(loop.iterRange, names, depth, loops);
  visit(loop.accuInit, names, depth, loops);
  const before = found.nodes;
  visit(loop.loopCondition, inner, depth, loops + 1);
  visit(loop.loopStep, inner, depth, loops + 1);
  visit(loop.result, inner, depth, loops);
  loop.loopCondition = call('_&&_', [
    call('@tick', [integer(ROUND_UNITS + found.nodes - before)]),
    loop.loopCondition!,
  ]);
};

const inspectCall = (expr: Expr, found: Inspection): Expr[] => {
  if (expr.exprKind.case !== 'callExpr') return [];
  const { function: name, args, target } = expr.exprKind.value;
  if (!OPERATORS.has(name) && (!found.functions.has(name) || name === '@tick' || name === '@now'))
    found.faults.push(
      name === 'has' ? 'has() takes a field, like has(context.amount)' : `there is no function ${name}()`,
    );
  inspectLiterals(name, args, found);
  return target ? [target, ...args] : args;
};

const visitor = (found: Inspection): Visit => {
  const visit: Visit = (expr, names, depth, loops) => {
    if (!expr) return;
    found.nodes++;
    if (depth > MAX_DEPTH)
      return void found.faults.push(`is nested more than ${MAX_DEPTH} deep; simplify it or split the rule`);
    const kind = expr.exprKind;
    const below = (child: Expr | undefined): void => visit(child, names, depth + 1, loops);
    switch (kind.case) {
      case 'constExpr':
        return;
      case 'identExpr':
        if (kind.value.name === 'now' && names.has('now')) expr.exprKind = call('@now', []).exprKind;
        else if (!names.has(kind.value.name) && !TYPES.has(kind.value.name))
          found.faults.push(`there is no variable ${kind.value.name}; conditions see ${VARIABLES.join(', ')}`);
        return;
      case 'selectExpr':
        return below(kind.value.operand);
      case 'callExpr':
        return inspectCall(expr, found).forEach(below);
      case 'listExpr':
        return kind.value.elements.forEach(below);
      case 'structExpr':
        if (kind.value.messageName !== '') found.faults.push(`there is no type ${kind.value.messageName}`);
        return kind.value.entries.forEach((entry) => {
          if (entry.keyKind.case === 'mapKey') below(entry.keyKind.value);
          below(entry.value);
        });
      case 'comprehensionExpr':
        return inspectLoop(expr, names, depth + 1, loops, found, visit);
      default:
        found.faults.push('has a part that cannot be read');
    }
  };
  return visit;
};

/** Visits the whole expression once. Changes it in place: loops charge the budget for each round, and `now` becomes a call. */
export const inspect = (expr: Expr, functions: ReadonlySet<string>): Inspection => {
  const found: Inspection = { faults: [], patterns: [], calendars: [], zones: [], nodes: 0, functions };
  visitor(found)(expr, new Set(VARIABLES), 0, 0);
  return found;
};
