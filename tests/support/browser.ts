/** A real browser for the tests of pages. */
import { chromium, type Browser } from 'playwright-core';
import { findChromium } from '../../scripts/set-up/find.mjs';
import { describeOnlyWith } from './skipping';

/** `describe` for tests that need a browser. `npm test` installs one. */
export const describeWithBrowser = (name: string, tests: () => void): void =>
  describeOnlyWith('Chromium or Chrome', findChromium() !== null, name, tests);

/** Starts a headless browser that makes no network requests of its own. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error('There is no Chromium here: wrap the tests in describeWithBrowser.');
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** The screen of a phone, 390 px wide. */
export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
