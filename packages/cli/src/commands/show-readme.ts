import { showCommand } from './show.ts';

export const command = showCommand('readme', ['readme']);
