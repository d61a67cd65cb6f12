import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { celEnv } from '@bufbuild/cel';
import type { JsonObject } from '../approval';
import { conditionEnv } from '../conditions/functions';
import { Meter } from '../conditions/meter';
import { evaluate, type Evaluation } from '../evaluate';
import { NOON_MS, request } from '../evaluate/support/check';
import { parsePolicy, policyToJson, type Policy } from '../policy';

const ROOT = join(__dirname, '..', '..');
const POLICY_KEY = /^(defaults|calendars|guardrails|rules|levels|flows):/m;

interface Example {
  file: string;
  line: number;
  text: string;
  /** The rows of the table below the policy: action, context, answer. */
  checks: [action: string, context: string, answer: string][];
}

const pages = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

const rowsOf = (text: string): Example['checks'] =>
  [...text.matchAll(/^\| +`([^`]+)` +\| +`(\{.*\})` +\| +(.+?) +\|$/gm)].map(([, action, context, answer]) => [
    action!,
    context!,
    answer!,
  ]);

/** The YAML blocks of a page that are policies, each with the text up to the next block. */
const examplesOf = (file: string): Example[] => {
  const page = readFileSync(join(ROOT, file), 'utf8');
  return [...page.matchAll(/^```ya?ml\n([\s\S]*?)^```\n([\s\S]*?)(?=^```|$(?![\s\S]))/gm)]
    .filter(([, text]) => POLICY_KEY.test(text!))
    .map((match) => ({
      file,
      line: page.slice(0, match.index).split('\n').length,
      text: match[1]!,
      checks: rowsOf(match[2]!),
    }));
};

const published = (text: string): Policy => {
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors, null, 1));
  return parsed.policy;
};

const check = (policy: Policy, action: string, context: JsonObject): Evaluation =>
  evaluate(
    { policy, permissions: [] },
    request({ agent: { id: 'demo-bot', name: 'demo-bot', owner: null }, action, context, now_ms: NOON_MS - 3_600_000 }),
  );

/** An evaluation, in the words of the tables. */
const told = (verdict: Evaluation, answer: string): string => {
  const by = /by (rule|guardrail) `/.exec(answer)?.[1];
  const names = by === 'rule' ? verdict.rule : verdict.guardrails[0];
  const levels = (verdict.plan?.levels ?? []).filter((level) => !level.skipped).map(({ name }) => `\`${name}\``);
  return [
    `${verdict.decision}${by ? ` by ${by} \`${names}\`` : ''}`,
    ...(answer.includes(', levels `') ? [`levels ${levels.join(', ')}`] : []),
    ...(/, `[a-z_]+`/.test(answer.replace(/levels .*/, '')) ? [`\`${verdict.reason_code}\``] : []),
  ].join(', ');
};

const examples = ['README.md', ...pages('docs')].flatMap(examplesOf);

test('the guide of the language names each of our own functions', () => {
  const standard = new Set([...celEnv().funcs].map(({ name }) => name));
  const own = [...conditionEnv({}, new Map(), () => ({ now_ms: 0, meter: new Meter() })).funcs]
    .map(({ name }) => name)
    .filter((name) => !standard.has(name) && !name.startsWith('@'));
  const guide = readFileSync(join(ROOT, 'docs/concepts/policy.md'), 'utf8');
  expect(own).toEqual(expect.arrayContaining(['open', 'date']));
  expect(own.filter((name) => !guide.includes(`\`${name}(`))).toEqual([]);
});

test('the guide of the language has examples, and each has checks', () => {
  const guide = examples.filter(({ file }) => file.endsWith('concepts/policy.md'));
  expect(guide.length).toBeGreaterThanOrEqual(8);
  for (const { line, checks } of guide) expect([line, checks.length > 0]).toEqual([line, true]);
});

describe.each(examples.map((example) => [`${example.file}:${example.line}`, example] as const))('%s', (_, example) => {
  test('is published without a fault or a warning, and reads back the same', () => {
    expect(parsePolicy(example.text)).toMatchObject({ ok: true, warnings: [] });
    expect(Object.keys(policyToJson(published(example.text)))).toContain('rules');
  });

  test.each(example.checks)('%s with %s: %s', (action, context, answer) => {
    const verdict = check(published(example.text), action, JSON.parse(context) as JsonObject);
    expect(told(verdict, answer)).toBe(answer.replace(/: [^`]*$/, ''));
  });

  test('has an example check for each of its rules and guardrails', () => {
    const policy = published(example.text);
    for (const { action } of [...policy.rules, ...policy.guardrails])
      expect(['allow', 'deny', 'require_approval']).toContain(
        check(policy, action[0]!.replaceAll('*', 'x'), {}).decision,
      );
  });
});

const programs = readdirSync(join(ROOT, 'examples')).filter((name) =>
  existsSync(join(ROOT, 'examples', name, 'policy.yaml')),
);

test.each(programs)('the policy of the example %s is published without a fault or a warning', (name) => {
  const text = readFileSync(join(ROOT, 'examples', name, 'policy.yaml'), 'utf8');
  expect(parsePolicy(text)).toMatchObject({ ok: true, warnings: [] });
});
