export { type DockerCredentials, type DockerCredentialsOptions, dockerCredentials } from './docker-config.ts';
export { createFetch, type FetchOptions } from './fetch.ts';
export { type Layout, openLayout } from './layout.ts';
export {
  type LayoutTar,
  type LayoutTarOptions,
  type LayoutTarRoot,
  openLayoutTar,
  writeLayoutTar,
} from './layout-tar.ts';
export { type ReadMirrorsOptions, readMirrors } from './mirrors.ts';
export { type Served, type ServeOptions, serve } from './serve.ts';
