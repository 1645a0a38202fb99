import { showCommand } from './show.ts';

export const command = showCommand('all', ['chart', 'values', 'readme', 'crds']);
