import { showCommand } from './show.ts';

export const command = showCommand('crds', "show a chart's CRDs", ['crds']);
