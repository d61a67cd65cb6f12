/** The workflows of the bundle; their names are what clients start (`WORKFLOWS` in messages.ts). */
export { approval } from './approval';
export { delivery } from './delivery';
export { suspend } from './suspend';
