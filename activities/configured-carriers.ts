/** Picks the carrier of each channel: the real one if it is configured, the outbox under `npm start`, otherwise one that refuses. */
import type { Config } from '../config';
import { PERSONAL_CHANNELS, type PersonalChannel } from '../domain/approval';
import { DeliveryError, type Carrier, type Carriers, type ChannelModule } from './carrier';
import { email } from './email';
import { createOutbox } from './outbox';
import { slack } from './slack';
import { sms } from './sms';

export const CHANNEL_MODULES: Record<PersonalChannel, ChannelModule> = { email, sms, slack };

const unconfigured: Carrier = {
  send: () => Promise.reject(new DeliveryError('channel_not_configured', true)),
};

export const createCarrier = (channel: PersonalChannel, config: Config): Carrier =>
  CHANNEL_MODULES[channel].createCarrier(config) ??
  (config.outboxDir === undefined ? unconfigured : createOutbox(config.outboxDir));

export const createCarriers = (config: Config): Carriers =>
  Object.fromEntries(PERSONAL_CHANNELS.map((channel) => [channel, createCarrier(channel, config)])) as Carriers;
