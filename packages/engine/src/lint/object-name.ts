/** The names that Kubernetes allows. Kubernetes: apimachinery's pkg/api/validation. */
import { byteLength, quoteGo } from 'go-template';
import type { Complaint } from './finding.ts';

type NameRule = (name: string) => string[];

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';

const MAX_LABEL = 63;
const MAX_SUBDOMAIN = 253;

// The same languages without a choice of ways to match: no name takes exponential time.
const isLabel = (name: string): boolean => /^[a-z0-9-]+$/.test(name) && !/^-|-$/.test(name);
const isSubdomain = (name: string): boolean => name.split('.').every(isLabel);
const isLabel1035 = (name: string): boolean => /^[a-z]/.test(name) && isLabel(name);

const tooLong = (name: string, most: number): string[] =>
  byteLength(name) > most ? [`must be no more than ${most} characters`] : [];

const mismatch = (rule: string, examples: string, pattern: string): string =>
  `${rule} (e.g. ${examples}, regex used for validation is '${pattern}')`;

const subdomain: NameRule = (name) => [
  ...tooLong(name, MAX_SUBDOMAIN),
  ...(isSubdomain(name)
    ? []
    : [
        mismatch(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
          "'example.com'",
          SUBDOMAIN,
        ),
      ]),
];

const label: NameRule = (name) => [
  ...tooLong(name, MAX_LABEL),
  ...(isLabel(name)
    ? []
    : [
        isSubdomain(name)
          ? 'must not contain dots'
          : mismatch(
              "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
              "'my-name',  or '123-abc'",
              LABEL,
            ),
      ]),
];

const label1035: NameRule = (name) => [
  ...tooLong(name, MAX_LABEL),
  ...(isLabel1035(name)
    ? []
    : [
        mismatch(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          "'my-name',  or 'abc-123'",
          LABEL_1035,
        ),
      ]),
];

/** Whatever a URL can have between two slashes. */
const pathSegment: NameRule = (name) =>
  name === '.' || name === '..'
    ? [`may not be '${name}'`]
    : ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);

/** Kinds, in lower case, whose names follow another rule than that of subdomains. */
const RULES: ReadonlyMap<string, NameRule> = new Map<string, NameRule>([
  ['service', label1035],
  ['namespace', label],
  ['certificatesigningrequest', () => []],
  ['role', pathSegment],
  ['clusterrole', pathSegment],
  ['rolebinding', pathSegment],
  ['clusterrolebinding', pathSegment],
]);

/** Helm: validateMetadataName. */
export function nameFault(kind: string, name: string): Complaint {
  const rule = RULES.get(kind.toLowerCase()) ?? subdomain;
  const faults = rule(name).map((fault) => `metadata.name: Invalid value: ${quoteGo(name)}: ${fault}`);
  if (faults.length === 0) return undefined;
  const text = faults.length === 1 ? faults[0] : `[${faults.join(', ')}]`;
  return `object name does not conform to Kubernetes naming requirements: ${quoteGo(name)}: ${text}`;
}
