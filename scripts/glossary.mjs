// Generates the glossary page. Words of the product come from words.json, types of an approval from their declarations and comments.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const FOLDER = 'domain/approval';

/** All glossary sources: `glossary.ts`, `glossary-*.ts` and `glossary/*.ts`. */
const sourcesOf = (root) =>
  readdirSync(join(root, FOLDER), { recursive: true, encoding: 'utf8' })
    .filter((name) => /^glossary[^/]*(\/[^/]+)?\.ts$/.test(name) && !name.endsWith('.test.ts'))
    .sort()
    .map((name) => join(root, FOLDER, name));

const oneLine = (text) => text.replace(/\s+/g, ' ').trim();
/** Formats code for a table cell: on one line, without comments, with `|` escaped because it would end the cell. */
const inCell = (text) => {
  const bare = oneLine(text.replace(/\/\*[\s\S]*?\*\//g, '')).replace(/^\| /, '');
  return `\`${bare.replaceAll('|', '\\|')}\``;
};

const isExported = (statement) =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

/** Reads declarations: the comment of a name, and the page's entry for an exported statement. */
function reader(checker) {
  const commentOf = (name) =>
    oneLine(ts.displayPartsToString(checker.getSymbolAtLocation(name).getDocumentationComment(checker)));

  /** Lists the inner fields of a field if they have comments: `separation.excluded`. */
  const fieldsOf = (members, prefix = '') =>
    members.filter(ts.isPropertySignature).flatMap(({ name, type, questionToken }) => {
      const path = `${prefix}${name.getText()}`;
      const inner = ts.isTypeLiteralNode(type) ? type.members : [];
      if (inner.some((member) => commentOf(member.name) !== '')) return fieldsOf(inner, `${path}.`);
      return [{ name: `${path}${questionToken ? '?' : ''}`, type: type.getText(), about: commentOf(name) }];
    });

  /** The members of a list or table in the order of its declaration; null if the type is not made from one. */
  const declaredOrder = (type) => {
    if (ts.isIndexedAccessTypeNode(type))
      return checker.getTypeArguments(checker.getTypeFromTypeNode(type.objectType)).map((part) => part.value);
    if (ts.isTypeOperatorNode(type))
      return checker
        .getTypeFromTypeNode(type.type)
        .getProperties()
        .map(({ name }) => name);
    return null;
  };

  /** The members of a union of string literals; null for any other type. */
  const literalsOf = ({ type, name }) => {
    const whole = checker.getTypeAtLocation(name);
    const parts = whole.isUnion() ? whole.types : [whole];
    if (!parts.every((part) => part.isStringLiteral())) return null;
    return declaredOrder(type) ?? parts.map((part) => part.value);
  };

  const typeEntry = (statement) => {
    const values = literalsOf(statement);
    return values ? { values } : { definition: statement.type.getText() };
  };

  /** Null for a list from which a type is derived: the entry of the type shows the values. */
  const constantEntry = ({ declarationList }) => {
    const [{ name, initializer }] = declarationList.declarations;
    if (!initializer || ts.isArrowFunction(initializer) || ts.isAsExpression(initializer)) return null;
    return { name: name.text, about: commentOf(name), definition: initializer.getText() };
  };

  return (statement) => {
    if (ts.isVariableStatement(statement)) return constantEntry(statement);
    if (!ts.isInterfaceDeclaration(statement) && !ts.isTypeAliasDeclaration(statement)) return null;
    const { name } = statement;
    const rest = ts.isInterfaceDeclaration(statement) ? { fields: fieldsOf(statement.members) } : typeEntry(statement);
    return { name: name.text, about: commentOf(name), ...rest };
  };
}

function entriesOf(root) {
  const paths = sourcesOf(root);
  const program = ts.createProgram(paths, { strict: true, noEmit: true, types: [], target: ts.ScriptTarget.ES2023 });
  const read = reader(program.getTypeChecker());
  return paths
    .flatMap((path) => program.getSourceFile(path).statements.filter(isExported))
    .map(read)
    .filter((entry) => entry !== null);
}

function definitionOf(text) {
  const lines = text.split('\n');
  if (lines.length === 1) return `\`${text}\``;
  return ['```ts', ...lines.map((line) => line.replace(/^ {2}/, '')), '```'].join('\n');
}

function sectionOf({ name, about, fields, values, definition }, table) {
  const rows = fields?.map((field) => [inCell(field.name), inCell(field.type), field.about]);
  return [
    `### \`${name}\``,
    about,
    values ? `One of ${values.map((value) => `\`${value}\``).join(', ')}.` : '',
    definition ? definitionOf(definition) : '',
    rows ? table(['field', 'type', 'meaning'], rows) : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** The whole page; `table` writes a head and rows as Markdown. */
export function glossary(root, table) {
  const words = JSON.parse(readFileSync(join(root, 'scripts/words.json'), 'utf8'));
  const rows = Object.entries(words).map(([word, meaning]) => [`**${word}**`, meaning]);
  const sections = entriesOf(root).map((entry) => sectionOf(entry, table));
  return `# Glossary

One word per idea, in code, API, pages and documents.

## Words

${table(['word', 'meaning'], rows)}
## The types of an approval

The state machine in \`domain/approval\` is written in these types. Instants are Unix milliseconds and end in \`_ms\`.
[How an approval lives](../concepts/approval.md) explains what they are for.

${sections.join('\n\n')}
`;
}
