import { AgentWardenError, ERROR_CODES } from '../../domain/errors';
import { foreseen, problemOf, PROBLEMS, unforeseenProblem } from './problems';

describe('problems', () => {
  test('exist for every code, with a status of their own kind', () => {
    expect(Object.keys(PROBLEMS).toSorted()).toEqual([...ERROR_CODES].toSorted());
    for (const { status } of Object.values(PROBLEMS))
      expect([400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 503]).toContain(status);
  });

  test('tell what to do next for every code, in the answer or in the reference', () => {
    for (const [code, { fix, advice }] of Object.entries(PROBLEMS))
      expect([code, [fix, advice].filter((text) => text !== undefined)]).toEqual([code, [expect.any(String)]]);
  });

  test('say how long to wait wherever waiting helps', () => {
    for (const [code, { status, retry_after_s }] of Object.entries(PROBLEMS))
      if (status === 429 || status === 503) expect([code, retry_after_s]).toEqual([code, expect.any(Number)]);
  });

  test('carry the facts of their error, and its own fix before the general one', () => {
    const error = new AgentWardenError('assurance_required', 'Too weak.', {
      have: 'link',
      need: 'session',
      fix: 'Sign in.',
    });
    expect(problemOf(error, 'req-1')).toEqual({
      type: 'urn:agentwarden:problem:assurance_required',
      title: expect.any(String),
      status: 403,
      code: 'assurance_required',
      detail: 'Too weak.',
      fix: 'Sign in.',
      have: 'link',
      need: 'session',
      request_id: 'req-1',
    });
  });

  test('never let a status of the facts take the place of the HTTP status', () => {
    expect(problemOf(new AgentWardenError('not_approved', 'No.', { status: 'pending' }), 'r')).toMatchObject({
      status: 409,
      outcome: { status: 'pending' },
    });
  });

  test('take the wait that the error names before the general one', () => {
    expect(problemOf(new AgentWardenError('rate_limited', 'x', { retry_after_s: 42 }), 'r').retry_after_s).toBe(42);
  });

  test.each(['22021', '22P05', '22003'])(
    'make the caller’s mistake of a value that Postgres cannot store (%s)',
    (code) => {
      expect(foreseen(Object.assign(new Error('secret row'), { code }))).toMatchObject({
        code: 'invalid_request',
        message: expect.not.stringContaining('secret'),
      });
    },
  );

  test('of an error that nobody foresaw tell nothing but where to look', () => {
    const error = new Error('select * from secrets');
    expect(foreseen(error)).toBeNull();
    expect(foreseen('thrown text')).toBeNull();
    expect(JSON.stringify(unforeseenProblem('req-9'))).toMatch(/req-9/);
    expect(unforeseenProblem('r').status).toBe(500);
  });
});
