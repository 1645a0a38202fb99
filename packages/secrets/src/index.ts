export { type AwsSecret, awsProvider, type ReadAwsSecret } from './aws.ts';
export { SecretError, type SecretErrorCode } from './error.ts';
export {
  createGenerator,
  formatGenerated,
  type GeneratedSecrets,
  parseGenerated,
  type SecretGenerator,
} from './generated.ts';
export { kubernetesProvider, type ReadSecret } from './kubernetes.ts';
export { createMask, HIDDEN, hideWithin, type Mask } from './mask.ts';
export { eachReference, envProvider, type SecretsProvider } from './provider.ts';
export { parseReference, type SecretReference } from './reference.ts';
export { createResolver, LIMITS, type ResolveInput, type Resolver, type ResolverOptions } from './resolve.ts';
export { ageUnwrap } from './sops/age.ts';
export { type Decrypted, decryptSops, type Unwrap } from './sops/decrypt.ts';
export type { WrappedKey } from './sops/metadata.ts';
export { pgpUnwrap } from './sops/pgp.ts';
export { type SopsOptions, sopsProvider } from './sops/provider.ts';
export { HOW_TO_LOG_IN, type VaultLogin, type VaultOptions, vaultProvider } from './vault.ts';
