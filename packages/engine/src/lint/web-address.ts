/** Which texts are addresses, for rules that only ask that. Helm: asaskevich/govalidator 11. */
import { byteLength, GoError } from 'go-template';
import { RE2JS } from 're2js';
import { parseRequestUrl, parseUrl } from '../functions/url.ts';

/** All of Unicode that names may have; RE2 counts code points. */
const WIDE = String.raw`\x{00A0}-\x{D7FF}\x{F900}-\x{FDCF}\x{FDF0}-\x{FFEF}`;
const ATOM = `[a-zA-Z0-9!#$%&'*+\\-/=?^_\`{|}~${WIDE}]+`;
const FOLD = String.raw`((\x20|\x09)*(\x0d\x0a))?(\x20|\x09)+`;
// A quote before every character is what the pattern asks for that Helm uses.
const QUOTED = String.raw`(\x22(${FOLD})?([\x01-\x08\x0b\x0c\x0e-\x1f\x7f]|\x21|[\x23-\x5b]|[\x5d-\x7e]|[${WIDE}]|\([\x01-\x09\x0b\x0c\x0d-\x7f${WIDE}]))*(${FOLD})?\x22`;
const LETTER = `[a-zA-Z${WIDE}]`;
const LABEL = `[a-zA-Z0-9${WIDE}]([a-zA-Z0-9\\-._~${WIDE}]*[a-zA-Z0-9${WIDE}])?`;
const TOP = `${LETTER}([a-zA-Z0-9\\-_~${WIDE}]*${LETTER})?`;

// Backtracking over these would be exponential: the domain may be cut at its dots in many ways.
const EMAIL = RE2JS.compile(`^(${ATOM}(\\.${ATOM})*|${QUOTED})@((${LABEL})\\.)+(${TOP})\\.?$`);

export const isEmail = (text: string): boolean => EMAIL.matcher(text).find();

const SCHEME = '((ftp|tcp|udp|wss?|https?)://)?';
const USER = String.raw`(\S+(:\S*)?@)?`;
const IPV4 = String.raw`([1-9]\d?|1\d\d|2[01]\d|22[0-3]|24\d|25[0-5])(\.(\d{1,2}|1\d\d|2[0-4]\d|25[0-5])){2}(\.([0-9]\d?|1\d\d|2[0-4]\d|25[0-5]))`;
const HEX = '[0-9a-fA-F]{1,4}';
const IPV4_TAIL = String.raw`((25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])\.){3}(25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])`;
const IPV6 = [
  `(${HEX}:){7}${HEX}`,
  `(${HEX}:){1,7}:`,
  `(${HEX}:){1,6}:${HEX}`,
  ...[5, 4, 3, 2].map((n) => `(${HEX}:){1,${n}}(:${HEX}){1,${7 - n}}`),
  `${HEX}:((:${HEX}){1,6})`,
  `:((:${HEX}){1,7}|:)`,
  'fe80:(:[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]{1,}',
  `::(ffff(:0{1,4}){0,1}:){0,1}${IPV4_TAIL}`,
  `(${HEX}:){1,4}:${IPV4_TAIL}`,
].join('|');
const SUBDOMAIN = String.raw`(www\.)|([a-zA-Z0-9]+([-_.]?[a-zA-Z0-9])*[a-zA-Z0-9]\.[a-zA-Z0-9]+)`;
const LABELS = String.raw`[a-zA-Z0-9]([a-zA-Z0-9\-_]+)?[a-zA-Z0-9]([-.][a-zA-Z0-9]+)*`;
const NAME = String.raw`(([a-zA-Z\x{00a1}-\x{ffff}0-9]+-?-?)*[a-zA-Z\x{00a1}-\x{ffff}0-9]+)(\.([a-zA-Z\x{00a1}-\x{ffff}]{1,}))?`;
const REST = String.raw`\.?(:(\d{1,5}))?((/|\?|#)[^\s]*)?`;
const URL = RE2JS.compile(
  `^${SCHEME}${USER}(${IPV4}|(\\[(${IPV6})\\])|(((${LABELS})|((${SUBDOMAIN})?))?${NAME}))${REST}$`,
);

const MAX_URL_CHARACTERS = 2083;
const MIN_URL_BYTES = 3;

/** govalidator.IsURL, which takes much that has no scheme. */
export function isUrl(text: string): boolean {
  if ([...text].length >= MAX_URL_CHARACTERS || byteLength(text) <= MIN_URL_BYTES || text.startsWith('.')) return false;
  const url = parsed(() => parseUrl(text.includes(':') && !text.includes('://') ? `http://${text}` : text));
  if (url === undefined || url.host.startsWith('.')) return false;
  if (url.host === '' && url.path !== '' && !url.path.includes('.')) return false;
  return URL.matcher(text).find();
}

/** govalidator.IsRequestURL: anything with a scheme. */
export const isRequestUrl = (text: string): boolean =>
  text !== '' && (parsed(() => parseRequestUrl(text))?.scheme ?? '') !== '';

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch (e) {
    if (e instanceof GoError) return undefined;
    throw e;
  }
}
