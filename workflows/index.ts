/** The workflows of the bundle. Their names are the workflow types in `WORKFLOWS` (messages.ts). */
export { approval } from './approval';
export { delivery } from './delivery';
export { suspend } from './suspend';
