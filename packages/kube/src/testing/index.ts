export { type ContractCase, clusterContract } from './contract.ts';
export {
  createMemoryCluster,
  type MemoryCluster,
  type MemoryClusterOptions,
  type MemoryRequest,
} from './memory-cluster.ts';
