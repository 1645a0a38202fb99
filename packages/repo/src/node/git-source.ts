import type { GitSource } from '../pull.ts';

/** Charts from git repositories. Few come so, and what starts programs takes time to load. */
export const gitSource: GitSource = {
  versions: async (...args) => (await import('./git.ts')).versions(...args),
  archive: async (...args) => (await import('./git.ts')).archive(...args),
};
