/** Reads the flows of a policy document. */
import { parseDuration } from '../calendar';
import { LEVEL_KEYS, MAX_LEVELS, readLevel, readNotify, type LevelReader } from './read-level';
import { nameFault } from './names';
import { shown, type Field } from './field';
import type { Flow, IdentitySource, LevelDefinition } from './types';

const SOURCE = /^(requester|on_behalf_of|agent_owner|context(\.[^\s.]{1,64}){1,8})$/;
const MAX_STAGE = 1000;

/** The parts of the document that reading a flow needs. */
export interface FlowReader extends LevelReader {
  /** The named levels, already read, so that their faults are reported once. */
  named: ReadonlyMap<string, LevelDefinition>;
}

/** The durations in business time of a level. */
const businessTimes = ({ timing }: LevelDefinition): string[] =>
  [timing.expire_in, timing.remind?.every, ...timing.escalate.flatMap(({ after, extend }) => [after, extend])].filter(
    (duration): duration is string => duration !== undefined && parseDuration(duration).kind !== 'wall',
  );

/** A duration in business time, if the level has one and names no calendar; otherwise null. */
export const needsOwnCalendar = (level: LevelDefinition): string | null =>
  level.timing.calendar === undefined ? (businessTimes(level)[0] ?? null) : null;

const isSource = (value: unknown): value is IdentitySource => typeof value === 'string' && SOURCE.test(value);

const readSources = (field: Field): IdentitySource[] =>
  field.items('requester, on_behalf_of, agent_owner or context paths').flatMap((item) => {
    if (isSource(item.value)) return [item.value];
    item.fault(`must be requester, on_behalf_of, agent_owner or a path like context.author, not ${shown(item.value)}`);
    return [];
  });

const readSeparation = (field: Field): Flow['separation'] => {
  field.isSection(
    ['exclude', 'require', 'same_person_across_levels'],
    'exclude, require and same_person_across_levels',
  );
  return {
    exclude: field.at('exclude').present ? readSources(field.at('exclude')) : ['requester', 'on_behalf_of'],
    require: readSources(field.at('require')),
    same_person_across_levels: field.at('same_person_across_levels').oneOf(['forbid', 'act_again']) ?? 'forbid',
  };
};

const readUse = (field: Field, reader: FlowReader): LevelDefinition | undefined => {
  field.isSection(['use', 'stage', 'when'], 'use, stage and when');
  const name = field.at('use').text(64);
  if (name === undefined) return undefined;
  const level = reader.named.get(name);
  if (!level)
    return field.at('use').fault(`names the level ${shown(name)}, which does not exist; write it under levels`);
  const when = reader.condition(field.at('when'));
  return { ...level, ...(when && { when }) };
};

const readOwn = (field: Field, reader: FlowReader): LevelDefinition | undefined => {
  if (!field.isSection(['name', 'stage', ...LEVEL_KEYS], 'a name and approvers')) return undefined;
  const at = field.at('name').required('every level of a flow has a name');
  const name = at.text(64) ?? '';
  const fault = name === '' ? null : nameFault(name);
  if (fault) at.fault(fault);
  if (reader.named.has(name))
    at.fault(`is also the name of a level under levels; write use: ${name}, or choose another name`);
  return readLevel(field, name, reader);
};

/** Levels with their stages. Without a `stage`, a level comes one stage after the level before it. */
const readLevels = (field: Field, reader: FlowReader): LevelDefinition[] => {
  const items = field.required('a flow has at least one level').items('levels', MAX_LEVELS);
  if (Array.isArray(field.value) && items.length === 0) field.fault('is empty: nobody could approve; add a level');
  const seen = new Set<string>();
  let stage = 0;
  return items.flatMap((item) => {
    const level = item.at('use').present ? readUse(item, reader) : readOwn(item, reader);
    if (!item.present || item.value === null) item.fault('is empty; remove it');
    const wanted =
      item.at('stage').whole(1, MAX_STAGE, 'leave it out for the stage after the level before') ?? stage + 1;
    if (wanted < stage)
      item.at('stage').fault(`is ${wanted}, after stage ${stage}: stages never decrease; move the level up`);
    stage = Math.max(stage, wanted);
    if (!level) return [];
    if (seen.has(level.name) && level.name !== '')
      item.fault(`a level called ${level.name} is in this flow already; names are unique`);
    seen.add(level.name);
    return [{ ...level, stage }];
  });
};

export const readFlow = (field: Field, reader: FlowReader): Flow => {
  field.isSection(['calendar', 'separation', 'notify', 'levels'], 'levels');
  const calendar = reader.calendar(field.at('calendar'));
  const notify = readNotify(field.at('notify'));
  const levels = readLevels(field.at('levels'), reader).map((level) => ({
    ...level,
    timing: { ...level.timing, ...(calendar && { calendar: level.timing.calendar ?? calendar }) },
    ...(notify && { notify: level.notify ?? notify }),
  }));
  levels.forEach((level, i) => {
    const business = needsOwnCalendar(level);
    if (business && !field.at('calendar').present)
      field
        .at('levels')
        .at(i)
        .fault(
          `${level.name} waits for ${business} of business time, but no calendar is named; add calendar to the flow`,
        );
  });
  return {
    ...(calendar && { calendar }),
    separation: readSeparation(field.at('separation')),
    ...(notify && { notify }),
    levels,
  };
};
