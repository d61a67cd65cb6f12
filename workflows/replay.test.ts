/**
 * Every kept history still replays to the same commands, so that open approvals go on after the next deployment.
 *
 * `RECORD_HISTORIES=1 npx jest workflows/replay` writes the histories again, under the current version of the rules.
 * Use it for a new scenario or a new version. Before the first release, also use it for a changed message; afterwards
 * histories of that kind exist in deployments, so a kept one is never rewritten.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { createDataConverter } from '../encryption/codec';
import {
  addressed,
  level,
  quietRuntime,
  snapshot,
  startEngine,
  voteOf,
  workflowBundle,
  type ApprovalHandle,
  type Engine,
} from '../tests/support/engine';
import { cancel, decide, decision } from './messages';

/** A public key, so that kept histories can always be decrypted. They contain no real data. */
const payloadKeys = [{ kid: 'histories', secret: createHash('sha256').update('kept histories').digest() }];

const folder = join(__dirname, 'histories');

type Scenario = (engine: Engine) => Promise<ApprovalHandle>;

const byAgent = {
  by: { type: 'agent' as const, id: 'bot' },
  reason_code: 'requester_cancelled' as const,
  reason: null,
  ip: null,
  channel: null,
};

let count = 0;
/** People with a role of their own, and a level that asks them. */
async function team(engine: Engine, size: number, fields: Parameters<typeof level>[1] = {}, channels = ['email']) {
  const role = `role-${++count}`;
  const people = await Promise.all(
    Array.from({ length: size }, (_, index) => engine.person(`${role}-${index}`, { roles: [role], channels })),
  );
  return { people, spec: level(role, { paths: [{ approvers: [`role:${role}`], approve: size }], ...fields }) };
}

const scenarios: Record<string, Scenario> = {
  'approved by two levels': async (engine) => {
    const first = await team(engine, 2);
    const second = await team(engine, 1, { stage: 2 });
    const handle = await engine.start(snapshot({ levels: [first.spec, second.spec] }));
    for (const person of [...first.people, ...second.people])
      await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(person))] });
    return handle;
  },
  'denied after a changed mind, a stranger and a repeat': async (engine) => {
    const { people, spec } = await team(engine, 2);
    const stranger = await engine.person('stranger', { roles: [] });
    const handle = await engine.start(snapshot({ levels: [spec] }));
    await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(people[0]!))] });
    await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(people[0]!))] });
    await handle.executeUpdate(decide, { args: [addressed(handle, voteOf(stranger))] }).catch(() => undefined);
    await handle.signal(decision, addressed(handle, voteOf(people[0]!, { decision: 'deny', comment: 'no' })));
    return handle;
  },
  'reminded, escalated and expired': async (engine) => {
    const boss = await team(engine, 1);
    const timing = {
      on_expire: 'expire' as const,
      expire_in: '4s',
      remind: { every: '1s', max: 2 },
      escalate: [{ after: '2s', add: boss.spec.paths[0]!.approvers }],
    };
    const { spec } = await team(engine, 1, { timing });
    return engine.start(snapshot({ levels: [spec] }));
  },
  'cancelled by the agent': async (engine) => {
    const { spec } = await team(engine, 1);
    const handle = await engine.start(snapshot({ levels: [spec] }));
    await handle.executeUpdate(cancel, { args: [addressed(handle, byAgent)] });
    return handle;
  },
  'cancelled through Temporal while nobody could be reached': async (engine) => {
    const { spec } = await team(engine, 1, { timing: { on_expire: 'expire', escalate: [{ add: ['role:admin'] }] } }, [
      'sms',
      'email',
    ]);
    const handle = await engine.start(snapshot({ levels: [spec] }));
    await engine.projected(handle.workflowId, ({ warnings }) => warnings.includes('delivery_failed'));
    await handle.cancel();
    return handle;
  },
  'ten votes at once and a webhook': async (engine) => {
    const { people, spec } = await team(engine, 10, {}, []);
    const handle = await engine.start(snapshot({ levels: [{ ...spec, paths: [{ ...spec.paths[0]!, approve: 4 }] }] }));
    await Promise.allSettled(
      people.slice(0, 8).map((person) => handle.executeUpdate(decide, { args: [addressed(handle, voteOf(person))] })),
    );
    return handle;
  },
};

type History = temporal.api.history.v1.IHistory;
const HistoryMessage = temporal.api.history.v1.History;

/** Converts a history to readable text and back without loss. */
const toText = (history: History): string =>
  `${JSON.stringify(HistoryMessage.toObject(HistoryMessage.create(history), { bytes: String, longs: String, enums: String }), null, 1)}\n`;
const fromText = (text: string): History => HistoryMessage.fromObject(JSON.parse(text) as object);

async function replay(history: History): Promise<void> {
  const options = { workflowBundle: await workflowBundle(), dataConverter: createDataConverter(payloadKeys) };
  await Worker.runReplayHistory(options, history);
}

describe('kept histories', () => {
  beforeAll(() => quietRuntime());

  const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'));

  test('exist for each scenario of the present semantics', () => {
    expect(kept.filter((name) => name.startsWith('1/')).sort()).toEqual(Object.keys(scenarios).map(fileOf).sort());
  });

  test.each(kept)(
    '%s leads to the same commands',
    async (name) => {
      await replay(fromText(readFileSync(join(folder, name), 'utf8')));
    },
    60_000,
  );

  test('fail when the code does something else', async () => {
    const text = readFileSync(join(folder, fileOf('cancelled by the agent')), 'utf8');
    const changed = text.replaceAll('"name": "record"', '"name": "forget"');
    expect(changed).not.toBe(text);
    await expect(replay(fromText(changed))).rejects.toThrow(/[Nn]ondeterminism/);
  }, 60_000);
});

const fileOf = (name: string): string => `1/${name.replace(/\W+/g, '-')}.json`;

describe('a history of the present code', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await startEngine({ payloadKeys });
    await engine.person('root', { roles: ['admin'] });
  }, 60_000);
  afterAll(() => engine.close(), 60_000);

  test.each(Object.entries(scenarios))(
    '%s leads to the same commands',
    async (name, scenario) => {
      const handle = await scenario(engine);
      await handle.result();
      const text = toText(await handle.fetchHistory());
      if (process.env.RECORD_HISTORIES) {
        mkdirSync(join(folder, '1'), { recursive: true });
        // Leave out the name of the machine that recorded the history.
        writeFileSync(join(folder, fileOf(name)), text.replace(/\d+@[\w.-]+/g, 'worker'));
      }
      await replay(fromText(text));
    },
    60_000,
  );
});
