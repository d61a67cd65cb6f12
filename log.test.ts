import { AgentWardenError } from './domain/errors';
import { createLog } from './log';

const hostile = 'x\n{"level":60,"msg":"forged"}\r\n\u001b[2Kforged';

function lines(write: (log: ReturnType<typeof createLog>) => void): any[] {
  const written: string[] = [];
  write(createLog('worker', 'info', { write: (text: string) => void written.push(text) }));
  const text = written.join('');
  expect(text.endsWith('\n')).toBe(true);
  expect(text).not.toContain('\u001b');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

describe('a line of the log', () => {
  test('stays one line, whatever stands in it', () => {
    expect(lines((log) => log.info({ approval_id: hostile, nested: { hostile } }, hostile))).toEqual([
      expect.objectContaining({ name: 'worker', msg: hostile, approval_id: hostile, nested: { hostile } }),
    ]);
  });

  test.each(['err', 'error'])(
    'logs where an error under %s happened, and none of the details that a driver quotes',
    (key) => {
      const driver = Object.assign(new Error('violates a constraint'), {
        code: '23514',
        detail: 'Failing row contains (ana@acme.example, secret).',
        where: 'secret',
      });
      const error = new AgentWardenError('unavailable', `It failed: ${hostile}`, { have: 'secret' }, { cause: driver });
      const [line] = lines((log) => log.error({ [key]: error }, 'failed'));
      expect(line[key]).toEqual({
        name: 'AgentWardenError',
        code: 'unavailable',
        stack: expect.stringContaining('log.test.ts'),
        cause: { name: 'Error', code: '23514', stack: expect.stringContaining('violates a constraint') },
      });
      expect(JSON.stringify(line)).not.toContain('secret');
    },
  );

  test('logs only the type of a value that is no error, and a string as it is', () => {
    expect(lines((log) => log.warn({ err: { token: 'secret' }, error: 'smtp_550' }, 'failed'))).toEqual([
      expect.objectContaining({ err: { name: 'object' }, error: 'smtp_550' }),
    ]);
  });

  test('does not follow causes in a circle', () => {
    const round: Error = new Error('round');
    round.cause = round;
    expect(JSON.stringify(lines((log) => log.warn({ err: round }, 'failed'))).match(/"cause"/g)).toHaveLength(5);
  });
});
