/** What every `Cluster` does, whatever it is made of: an array for any test framework. */
import type { Cluster } from '../cluster.ts';
import { applyCases } from './contract/apply.ts';
import { deleteCases } from './contract/delete.ts';
import { kindCases } from './contract/kinds.ts';
import { patchCases } from './contract/patch.ts';
import { readCases } from './contract/read.ts';
import { workloadCases } from './contract/workload.ts';
import { writeCases } from './contract/write.ts';

export interface ContractCase {
  readonly name: string;
  /** In a namespace that is there, with nothing in it but what controllers put into each. Rejects when the cluster does not hold to it. */
  check(cluster: Cluster, namespace: string): Promise<void>;
}

/** Of a cluster whose controllers run, and whose pods follow the label `e2e-outcome`. */
export const clusterContract: readonly ContractCase[] = [
  ...kindCases,
  ...readCases,
  ...writeCases,
  ...patchCases,
  ...applyCases,
  ...deleteCases,
  ...workloadCases,
];
