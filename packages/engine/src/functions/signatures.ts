/**
 * Functions whose modules need large libraries. They are declared here, so that templates parse, and load.ts loads them
 * when a text names one: they would take half of the time it takes to start rendering.
 */
import { type FuncMap, func } from 'go-template';

const CERTIFICATE = '(sprig.certificate, error)';
const NAMES_AND_DAYS = 'string, []interface {}, []interface {}, int';

export const cryptoSignatures = {
  bcrypt: 'func(string) string',
  htpasswd: 'func(string, string) string',
  derivePassword: 'func(uint32, string, string, string, string) string',
  genPrivateKey: 'func(string) string',
  buildCustomCert: `func(string, string) ${CERTIFICATE}`,
  genCA: `func(string, int) ${CERTIFICATE}`,
  genCAWithKey: `func(string, int, string) ${CERTIFICATE}`,
  genSelfSignedCert: `func(${NAMES_AND_DAYS}) ${CERTIFICATE}`,
  genSelfSignedCertWithKey: `func(${NAMES_AND_DAYS}, string) ${CERTIFICATE}`,
  genSignedCert: `func(${NAMES_AND_DAYS}, sprig.certificate) ${CERTIFICATE}`,
  genSignedCertWithKey: `func(${NAMES_AND_DAYS}, sprig.certificate, string) ${CERTIFICATE}`,
  encryptAES: 'func(string, string) (string, error)',
  decryptAES: 'func(string, string) (string, error)',
} as const;

export const hashSignatures = {
  sha1sum: 'func(string) string',
  sha256sum: 'func(string) string',
  sha512sum: 'func(string) string',
} as const;

export const regexpSignatures = {
  regexMatch: 'func(string, string) bool',
  mustRegexMatch: 'func(string, string) (bool, error)',
  regexFind: 'func(string, string) string',
  mustRegexFind: 'func(string, string) (string, error)',
  regexFindAll: 'func(string, string, int) []string',
  mustRegexFindAll: 'func(string, string, int) ([]string, error)',
  regexReplaceAll: 'func(string, string, string) string',
  mustRegexReplaceAll: 'func(string, string, string) (string, error)',
  regexReplaceAllLiteral: 'func(string, string, string) string',
  mustRegexReplaceAllLiteral: 'func(string, string, string) (string, error)',
  regexSplit: 'func(string, string, int) []string',
  mustRegexSplit: 'func(string, string, int) ([]string, error)',
} as const;

/** The functions of one module. */
export type Implementations<Signatures> = Readonly<Record<keyof Signatures, (...args: never[]) => unknown>>;

/** Joins what is declared here with what a module does. */
export function implement<S extends Readonly<Record<string, string>>>(
  signatures: S,
  functions: Implementations<S>,
): FuncMap {
  return Object.fromEntries(
    Object.entries(signatures).map(([name, signature]) => [name, func(signature, functions[name] as () => unknown)]),
  );
}

/** Declarations of all these functions, for templates that never get to call them. */
export const unloadedFunctions: FuncMap = Object.fromEntries(
  Object.entries({ ...cryptoSignatures, ...hashSignatures, ...regexpSignatures }).map(([name, signature]) => [
    name,
    func(signature, () => {
      throw new Error(`the function ${name} is not loaded`);
    }),
  ]),
);
