import { z } from 'zod';
import { created, noContent, ok, route } from './route';

const row = { id: 'x', method: 'get', path: '/x', summary: '', tag: '', access: 'public' } as const;
const Thing = z.object({ id: z.string() });

describe('a row and its handler', () => {
  test('agree, or do not compile', () => {
    const rows = [
      route({ ...row, answers: { 200: Thing }, handler: () => ok({ id: 'a' }) }),
      route({ ...row, answers: { 200: Thing, 201: Thing }, handler: async () => created({ id: 'a' }, '/x/a') }),
      route({ ...row, answers: { 204: 'Gone' }, handler: () => noContent() }),
      // @ts-expect-error a field is missing
      route({ ...row, answers: { 200: Thing }, handler: () => ok({}) }),
      // @ts-expect-error a field has another type
      route({ ...row, answers: { 200: Thing }, handler: async () => ok({ id: 5 }) }),
      // @ts-expect-error the row has no such status
      route({ ...row, answers: { 200: Thing }, handler: () => created({ id: 'a' }, '/x/a') }),
      // @ts-expect-error the row promises JSON
      route({ ...row, answers: { 200: Thing }, handler: () => noContent() }),
      // @ts-expect-error the row promises no JSON
      route({ ...row, answers: { 204: 'Gone' }, handler: () => ok({ id: 'a' }) }),
    ];
    expect(rows).toHaveLength(8);
  });
});
