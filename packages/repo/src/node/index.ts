export {
  type CachedContent,
  linkContent,
  listContent,
  openContentCache,
  type PruneOptions,
  pruneContent,
  verifyContent,
} from './content-cache.ts';
export { gitSource } from './git-source.ts';
export { type IndexFolderOptions, indexFolder } from './index-dir.ts';
export { openIndex, removeIndex, storeIndex } from './index-files.ts';
export { createPullPorts, type PullPortsInput, unmanagedName } from './pull-ports.ts';
export { changeRepositories, readAllRepositories, readRepositories, registriesFile } from './repositories-file.ts';
export {
  downloadIndex,
  type RegisterOptions,
  registerRepository,
  type UpdateOptions,
  type UpdateOutcome,
  type UpdatePorts,
  unregisterRepositories,
  updateIndexes,
} from './update.ts';
