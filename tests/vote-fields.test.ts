/** A new field of a vote is found wherever it is missing: it is validated, stored and shown, or the table says that it is not. */
import { approvalJson, type VoteJson } from '../domain/approval-json';
import { initialState, type Vote, type VoteRequest } from '../domain/approval';
import { createDb } from '../db/pool';
import { votesWrite } from '../db/projection/rows';
import { acceptVote } from '../workflows/admission';
import type { Addressed } from '../workflows/messages';
import { level, snapshot } from './support/engine';
import { vote } from './support/sample-approval';

type Field = keyof Required<Vote>;

/** The column in the table `votes` and the field in the API's JSON; null if it has none. */
const PLACES: Record<Field, { column: string | null; json: keyof VoteJson | null }> = {
  id: { column: 'id', json: 'id' },
  level: { column: 'level', json: 'level' },
  voter: { column: 'voter', json: 'voter' },
  seat_of: { column: 'seat_of', json: 'seat_of' },
  decision: { column: 'decision', json: 'decision' },
  comment: { column: 'comment', json: 'comment' },
  channel: { column: 'channel', json: 'channel' },
  assurance: { column: 'assurance', json: 'assurance' },
  ip: { column: 'ip', json: 'ip' },
  once: { column: null, json: null },
  at_ms: { column: 'at', json: 'at' },
  paths: { column: null, json: null },
  veto: { column: null, json: null },
  superseded_by: { column: 'superseded_by', json: 'superseded_by' },
};

/** A value of each field that the workflow must refuse. */
const MALFORMED: Record<keyof Required<Addressed<VoteRequest>>, unknown> = {
  approval_id: '',
  voter: '',
  decision: 'maybe',
  level: 7,
  digest: '',
  comment: 7,
  channel: 'pigeon',
  assurance: 'none',
  ip: 7,
  once: 7,
};

const request = snapshot({ levels: [level('team')] });
const state = { ...initialState(request), votes: [vote({ level: 'team', seat_of: 'usr_cem', once: 'key' })] };

test('is stored in its column', async () => {
  const db = createDb('postgres://nobody@127.0.0.1:1/none');
  const { sql } = votesWrite(db, request.approval_id, state)!.compile();
  await db.destroy();
  const columns = /insert into "votes" \(([^)]*)\)/.exec(sql)![1]!.replaceAll('"', '').split(', ');
  const expected = Object.values(PLACES).flatMap(({ column }) => column ?? []);
  expect(columns.sort()).toEqual([...expected, 'approval_id'].sort());
});

test('is shown in the JSON of the approval', () => {
  const shown = approvalJson({
    snapshot: request,
    state,
    names: {},
    deliveries: [],
    grant: null,
    now_ms: 0,
    viewer: 'person',
  });
  expect(Object.keys(shown.votes[0]!).sort()).toEqual(
    Object.values(PLACES)
      .flatMap(({ json }) => json ?? [])
      .sort(),
  );
});

test.each(Object.entries(MALFORMED))('is refused if malformed: %s', (field, value) => {
  const { approval_id, digest } = request;
  const good: Addressed<VoteRequest> = {
    approval_id,
    voter: 'usr_ana',
    decision: 'approve',
    digest,
    comment: null,
    channel: 'email',
    assurance: 'link',
    ip: null,
  };
  const open = initialState(request);
  expect(() => acceptVote(request, open, good)).not.toThrow();
  expect(() => acceptVote(request, open, { ...good, [field]: value })).toThrow(
    expect.objectContaining({ type: 'invalid_request' }) as Error,
  );
});
