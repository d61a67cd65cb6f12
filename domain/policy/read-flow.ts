import { parseDuration } from '../calendar';
import { LEVEL_KEYS, MAX_LEVELS, readLevel, readNotify, type LevelReader } from './read-level';
import { nameFault } from './names';
import { shown, type Place } from './place';
import type { Flow, IdentitySource, LevelDefinition } from './types';

const SOURCE = /^(requester|on_behalf_of|agent_owner|context(\.[^\s.]{1,64}){1,8})$/;
const MAX_STAGE = 1000;

/** What reading a flow needs from the rest of the document. */
export interface FlowReader extends LevelReader {
  /** Where the named levels stand: those that a flow uses are read anew, so that their faults appear once. */
  named: ReadonlyMap<string, LevelDefinition>;
}

/** Business time in a level, and where; it needs a calendar. */
const businessTimes = ({ timing }: LevelDefinition): string[] =>
  [timing.expire_in, timing.remind?.every, ...timing.escalate.flatMap(({ after, extend }) => [after, extend])].filter(
    (duration): duration is string => duration !== undefined && parseDuration(duration).kind !== 'wall',
  );

export const needsOwnCalendar = (level: LevelDefinition): string | null =>
  level.timing.calendar === undefined ? (businessTimes(level)[0] ?? null) : null;

const isSource = (value: unknown): value is IdentitySource => typeof value === 'string' && SOURCE.test(value);

const readSources = (place: Place): IdentitySource[] =>
  place.items('requester, on_behalf_of, agent_owner or context paths').flatMap((item) => {
    if (isSource(item.value)) return [item.value];
    item.fault(`must be requester, on_behalf_of, agent_owner or a path like context.author, not ${shown(item.value)}`);
    return [];
  });

const readSeparation = (place: Place): Flow['separation'] => {
  place.isSection(
    ['exclude', 'require', 'same_person_across_levels'],
    'exclude, require and same_person_across_levels',
  );
  return {
    exclude: place.at('exclude').present ? readSources(place.at('exclude')) : ['requester', 'on_behalf_of'],
    require: readSources(place.at('require')),
    same_person_across_levels: place.at('same_person_across_levels').oneOf(['forbid', 'act_again']) ?? 'forbid',
  };
};

const readUse = (place: Place, reader: FlowReader): LevelDefinition | undefined => {
  place.isSection(['use', 'stage', 'when'], 'use, stage and when');
  const name = place.at('use').text(64);
  if (name === undefined) return undefined;
  const level = reader.named.get(name);
  if (!level)
    return place.at('use').fault(`names the level ${shown(name)}, which does not exist; write it under levels`);
  const when = reader.condition(place.at('when'));
  return { ...level, ...(when && { when }) };
};

const readOwn = (place: Place, reader: FlowReader): LevelDefinition | undefined => {
  if (!place.isSection(['name', 'stage', ...LEVEL_KEYS], 'a name and approvers')) return undefined;
  const at = place.at('name').required('every level of a flow has a name');
  const name = at.text(64) ?? '';
  const fault = name === '' ? null : nameFault(name);
  if (fault) at.fault(fault);
  if (reader.named.has(name))
    at.fault(`is also the name of a level under levels; write use: ${name}, or choose another name`);
  return readLevel(place, name, reader);
};

/** Levels with their stages: each after the one before, unless it says the same or a later one. */
const readLevels = (place: Place, reader: FlowReader): LevelDefinition[] => {
  const items = place.required('a flow has at least one level').items('levels', MAX_LEVELS);
  if (Array.isArray(place.value) && items.length === 0) place.fault('is empty: nobody could approve; add a level');
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

export const readFlow = (place: Place, reader: FlowReader): Flow => {
  place.isSection(['calendar', 'separation', 'notify', 'levels'], 'levels');
  const calendar = reader.calendar(place.at('calendar'));
  const notify = readNotify(place.at('notify'));
  const levels = readLevels(place.at('levels'), reader).map((level) => ({
    ...level,
    timing: { ...level.timing, ...(calendar && { calendar: level.timing.calendar ?? calendar }) },
    ...(notify && { notify: level.notify ?? notify }),
  }));
  levels.forEach((level, i) => {
    const business = needsOwnCalendar(level);
    if (business && !place.at('calendar').present)
      place
        .at('levels')
        .at(i)
        .fault(
          `${level.name} waits for ${business} of business time, but no calendar is named; add calendar to the flow`,
        );
  });
  return {
    ...(calendar && { calendar }),
    separation: readSeparation(place.at('separation')),
    ...(notify && { notify }),
    levels,
  };
};
