import { showCommand } from './show.ts';

export const command = showCommand('chart', "show a chart's Chart.yaml", ['chart']);
