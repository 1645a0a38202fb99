import { showCommand } from './show.ts';

export const command = showCommand('values', "show a chart's values", ['values']);
