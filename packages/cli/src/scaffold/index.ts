/** The files of a new chart: those that Helm writes, to the byte, since charts in the wild are edits of them. */
import { text as chartYaml } from './chart-yaml.ts';
import { text as deployment } from './deployment.ts';
import { text as helmignore } from './helmignore.ts';
import { text as helpers } from './helpers.ts';
import { text as hpa } from './hpa.ts';
import { text as httproute } from './httproute.ts';
import { text as ingress } from './ingress.ts';
import { text as notes } from './notes.ts';
import { text as service } from './service.ts';
import { text as serviceaccount } from './serviceaccount.ts';
import { text as testConnection } from './test-connection.ts';
import { text as valuesYaml } from './values-yaml.ts';

/** Stands for the chart's name, here and in starters. */
export const PLACEHOLDER = '<CHARTNAME>';

/** Names and texts in the order in which Helm writes them. */
export const scaffold: readonly (readonly [name: string, text: string])[] = [
  ['Chart.yaml', chartYaml],
  ['values.yaml', valuesYaml],
  ['.helmignore', helmignore],
  ['templates/ingress.yaml', ingress],
  ['templates/httproute.yaml', httproute],
  ['templates/deployment.yaml', deployment],
  ['templates/service.yaml', service],
  ['templates/serviceaccount.yaml', serviceaccount],
  ['templates/hpa.yaml', hpa],
  ['templates/NOTES.txt', notes],
  ['templates/_helpers.tpl', helpers],
  ['templates/tests/test-connection.yaml', testConnection],
];
