/** What functions crypto.ts has. They need large libraries, so crypto.ts is loaded only for templates that name one. */

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

export type CryptoFunctionName = keyof typeof cryptoSignatures;

const NAMES = new RegExp(`\\b(${Object.keys(cryptoSignatures).join('|')})\\b`);

/** Whether a text, which may be a template or become one through tpl, names a function of crypto.ts. */
export const usesCrypto = (text: string): boolean => NAMES.test(text);
