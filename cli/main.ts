#!/usr/bin/env node
/** Entry point of the `agentwarden` command. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { environment } from '../config';
import { program } from './commands';

/** The folder with package.json and dist/. */
const project = resolve(__dirname, '../..');
const { version } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as { version: string };

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (text: string): void => void process.stdout.write(`${text}\n`);

program({ env: environment(), project }, { print, say, version })
  .parseAsync()
  .catch((error: unknown) => {
    say(`agentwarden: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  });
