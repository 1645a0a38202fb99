import { showCommand } from './show.ts';

export const command = showCommand('readme', "show a chart's README", ['readme']);
