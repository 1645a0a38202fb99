export {
  type AskPassphrase,
  generateMinisignKeys,
  type MinisignKeyOptions,
  type MinisignKeys,
  type MinisignOptions,
  type MinisignVerification,
  minisign,
  verifyMinisign,
} from './minisign.ts';
