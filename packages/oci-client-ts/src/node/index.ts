export { type DockerCredentials, type DockerCredentialsOptions, dockerCredentials } from './docker-config.ts';
export { createFetch, type FetchOptions } from './fetch.ts';
