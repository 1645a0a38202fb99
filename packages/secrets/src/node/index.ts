export { readAwsSecret } from './aws.ts';
export { fileProvider, readText, readWithin } from './files.ts';
export { sopsKeys } from './sops-keys.ts';
export { vaultSettings } from './vault-settings.ts';
