/** The rules on Chart.yaml. Helm: pkg/chart/v2/lint/rules/chartfile.go. */
import {
  basePath,
  decodeMetadata,
  decodeYaml,
  type Metadata,
  parseConstraint,
  parseStrictVersion,
  parseVersion,
  reasonsAgainst,
  type SemVer,
} from '@pack/core';
import { fromBytes, GoError, type GoMap, isMap, newMap, quoteGo, typeOf } from 'go-template';
import type { Complaint, Findings } from './finding.ts';
import { isDirectory, type LintSubject } from './subject.ts';
import { isEmail, isRequestUrl, isUrl } from './web-address.ts';

const FILE = 'Chart.yaml';

export function checkChartYaml(subject: LintSubject, findings: Findings): void {
  const entry = subject.entries[FILE];
  if (!(entry instanceof Uint8Array)) {
    findings.check('ERROR', FILE, 'should be a file, not a directory');
    findings.check('ERROR', FILE, `unable to parse YAML\n\t${isDirectory(subject, FILE)}`);
    return;
  }
  const text = fromBytes(entry);
  const metadata = reading(() => decodeMetadata(text));
  if (metadata instanceof GoError) {
    findings.check('ERROR', FILE, `unable to parse YAML\n\t${metadata.message}`);
    return;
  }
  const strict = reading(() => decodeMetadata(text, { strict: true }));
  findings.check(
    'WARNING',
    FILE,
    strict instanceof GoError ? `failed to strictly parse chart metadata file\n\t${strict.message}` : undefined,
  );
  const fields = untyped(text);
  findings.check('ERROR', FILE, name(metadata));
  findings.check('ERROR', FILE, apiVersion(metadata));
  findings.check('ERROR', FILE, notText(fields, 'version'));
  findings.check('ERROR', FILE, version(metadata));
  findings.check('ERROR', FILE, notText(fields, 'appVersion'));
  findings.check('ERROR', FILE, maintainers(metadata));
  findings.check('ERROR', FILE, sources(metadata));
  findings.check('INFO', FILE, metadata.icon ? undefined : 'icon is recommended');
  findings.check('ERROR', FILE, icon(metadata));
  findings.check('ERROR', FILE, type(metadata));
  findings.check('ERROR', FILE, dependencies(metadata));
  findings.check('WARNING', FILE, strictVersion(metadata));
}

/** What is read, or what Go says against it. */
function reading<T>(read: () => T): T | GoError {
  try {
    return read();
  } catch (e) {
    if (e instanceof GoError) return e;
    throw e;
  }
}

/** Chart.yaml with its values as YAML types them. */
function untyped(text: string): GoMap {
  const value = reading(() => decodeYaml(text));
  return isMap(value) ? value : newMap();
}

function name({ name }: Metadata): Complaint {
  if (name === '') return 'name is required';
  return basePath(name) === name ? undefined : `chart name ${quoteGo(name)} is invalid`;
}

function apiVersion({ apiVersion }: Metadata): Complaint {
  if (apiVersion === '') return 'apiVersion is required. The value must be either "v1" or "v2"';
  return apiVersion === 'v1' || apiVersion === 'v2'
    ? undefined
    : `apiVersion '${apiVersion}' is not valid. The value must be either "v1" or "v2"`;
}

function notText(fields: GoMap, key: string): Complaint {
  if (!Object.hasOwn(fields, key) || typeof fields[key] === 'string') return undefined;
  const type = fields[key] === null ? '<nil>' : typeOf(fields[key]);
  return `${key} should be of type string but it's of type ${type}`;
}

const LOWEST = parseConstraint('>0.0.0-0');

function version({ version }: Metadata): Complaint {
  if (version === '') return 'version is required';
  const parsed = reading<SemVer>(() => parseVersion(version));
  if (parsed instanceof GoError) return `version '${version}' is not a valid SemVer`;
  const [reason] = reasonsAgainst(parsed, LOWEST);
  return reason === undefined ? undefined : `version ${reason}`;
}

const strictVersion = ({ version }: Metadata): Complaint =>
  reading(() => parseStrictVersion(version)) instanceof GoError
    ? `version '${version}' is not a valid SemVerV2`
    : undefined;

function maintainers({ maintainers = [] }: Metadata): Complaint {
  for (const maintainer of maintainers) {
    // A list in YAML may have nulls, and this one has not been validated.
    if ((maintainer as unknown) === null) return 'a maintainer entry is empty';
    const { name, email, url } = maintainer;
    if (!name) return 'each maintainer requires a name';
    if (email && !isEmail(email)) return `invalid email '${email}' for maintainer '${name}'`;
    if (url && !isUrl(url)) return `invalid url '${url}' for maintainer '${name}'`;
  }
  return undefined;
}

function sources({ sources = [] }: Metadata): Complaint {
  const wrong = sources.find((source) => !isRequestUrl(source));
  return wrong === undefined ? undefined : `invalid source URL '${wrong}'`;
}

const icon = ({ icon }: Metadata): Complaint =>
  icon && !isRequestUrl(icon) ? `invalid icon URL '${icon}'` : undefined;

const type = ({ type, apiVersion }: Metadata): Complaint =>
  type && apiVersion !== 'v2'
    ? `chart type is not valid in apiVersion '${apiVersion}'. It is valid in apiVersion 'v2'`
    : undefined;

const dependencies = ({ dependencies = [], apiVersion }: Metadata): Complaint =>
  dependencies.length > 0 && apiVersion !== 'v2'
    ? `dependencies are not valid in the Chart file with apiVersion '${apiVersion}'. They are valid in apiVersion 'v2'`
    : undefined;
