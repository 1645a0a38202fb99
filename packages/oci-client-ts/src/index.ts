export { type CopyEvent, type CopyOptions, copy } from './copy.ts';
export type { Descriptor, Platform } from './descriptor.ts';
export {
  algorithmOf,
  createHasher,
  type Digest,
  type DigestAlgorithm,
  digestOf,
  type Expected,
  type Hasher,
  isDigest,
  readAll,
  Verifier,
  verified,
  verifyBytes,
} from './digest.ts';
export { type FailedRequest, OciError, type OciErrorCode, type OciErrorOptions } from './error.ts';
export type { HttpBody, HttpFetch, HttpRequest, HttpResponse } from './http.ts';
export {
  type Blob,
  blobOf,
  childrenOf,
  EMPTY_CONFIG,
  type ImageIndex,
  isIndex,
  isManifestType,
  type Manifest,
  MEDIA_TYPES,
  packIndex,
  packManifest,
  parseManifest,
} from './manifest.ts';
export { createMemoryBackend, createMemoryStore } from './memory-store.ts';
export {
  formatReference,
  isLoopback,
  isTag,
  type ParseReferenceOptions,
  parseReference,
  type Reference,
} from './reference.ts';
export {
  createRegistry,
  type Registry,
  type RegistryOptions,
  type RegistryRepository,
} from './registry/client.ts';
export type { Credential, Credentials } from './registry/credentials.ts';
export type { HostsOf, MirrorEndpoint, RegistryHosts } from './registry/mirror.ts';
export type { RetryOptions } from './registry/retry.ts';
export type { RegistryBackend, Upload } from './server/backend.ts';
export { createRegistryHandler, type RegistryHandler } from './server/handler.ts';
export { type Content, openContent, type Run, type Store, streamOf } from './store.ts';
