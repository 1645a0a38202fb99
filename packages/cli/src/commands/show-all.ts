import { showCommand } from './show.ts';

export const command = showCommand('all', 'show all that a chart says of itself', [
  'chart',
  'values',
  'readme',
  'crds',
]);
