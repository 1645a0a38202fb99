/** The rules on templates and what they render to. Helm: pkg/chart/v2/lint/rules/template.go. */
import {
  basePath,
  type Capabilities,
  type Chart,
  type ChartFile,
  coalesceValues,
  decodeYamlStruct,
  dialectOf,
  isCodedError,
  processDependencies,
  type StructShape,
  type Warn,
} from '@pack/core';
import { byteLength, GoError, type GoMap, quoteGo } from 'go-template';
import type { World } from '../functions/world.ts';
import type { Asking } from '../live-lookup.ts';
import { prepare, renderFiles } from '../render.ts';
import { deprecationOf } from './deprecated-api.ts';
import type { Complaint, Findings } from './finding.ts';
import { checkHooks } from './hooks.ts';
import { nameFault } from './object-name.ts';
import { type ObjectHead, readObjects } from './object-stream.ts';
import type { LintSubject } from './subject.ts';

const FOLDER = 'templates/';

export interface TemplateRuleOptions {
  readonly values: GoMap;
  readonly namespace: string;
  readonly capabilities: Capabilities;
  readonly skipSchemaValidation: boolean;
  readonly world: World;
  readonly warn: Warn;
  readonly lookup: Asking['lookup'];
  /** Whether hooks of unknown events are errors. */
  readonly strictHooks: boolean;
}

export async function checkTemplates(
  { entries, chart }: LintSubject,
  options: TemplateRuleOptions,
  findings: Findings,
): Promise<void> {
  if (!findings.check('WARNING', FOLDER, entries.templates === undefined ? 'directory does not exist' : undefined))
    return;
  if (!findings.check('ERROR', FOLDER, entries.templates === 'folder' ? undefined : 'not a directory')) return;
  if (chart instanceof Error) {
    findings.check('ERROR', FOLDER, chart.message);
    return;
  }
  const rendered = await render(chart, options, findings);
  if (rendered === undefined) return;
  for (const file of chart.templates) {
    findings.check('ERROR', file.name, wrongExtension(file));
    if (!/^\.ya?ml$/i.test(extensionOf(file))) continue;
    const text = rendered[`${chart.metadata.name}/${file.name}`] ?? '';
    // What cannot be read ends the rules on all templates, as in Helm.
    if (!checkObjects(file.name, text, options, findings)) return;
    if (options.strictHooks) checkHooks(file.name, text, dialectOf(chart), findings);
  }
}

/** The texts of the chart's templates; undefined when there are none to look at. */
async function render(
  given: Chart,
  { values, namespace, skipSchemaValidation, world, lookup, ...options }: TemplateRuleOptions,
  findings: Findings,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { warn } = options;
  const prepared = await prepare(given, world);
  let chart: Chart;
  let coalesced: GoMap;
  try {
    chart = processDependencies(given, values, warn);
    coalesced = coalesceValues(chart, values, warn);
  } catch (e) {
    // Helm says nothing then.
    if (e instanceof GoError || isCodedError(e)) return undefined;
    throw e;
  }
  try {
    // Twice over the defaults, which brings back those that a null has deleted.
    const final = coalesceValues(chart, coalesced, warn);
    if (!skipSchemaValidation) prepared.validate(chart, final, { warn });
    const release = { name: 'test-release', namespace, revision: 0, isInstall: false };
    const asking = lookup === undefined ? {} : { lookup };
    return renderFiles(chart, final, { ...options, ...asking, release, lint: true }, prepared);
  } catch (e) {
    if (!(e instanceof GoError || isCodedError(e)) || isStackFault(e)) throw e;
    findings.check('ERROR', FOLDER, e.message);
    return undefined;
  }
}

/** Of this thread and not of the chart: with a larger stack there may be no error. */
const isStackFault = ({ cause }: Error): boolean => isCodedError(cause) && cause.code === 'TEMPLATE_STACK';

const extensionOf = ({ name }: ChartFile): string => /\.[^.]*$/.exec(basePath(name))?.[0] ?? '';

const EXTENSIONS = new Set(['.yaml', '.yml', '.tpl', '.txt']);

function wrongExtension(file: ChartFile): Complaint {
  const extension = extensionOf(file);
  return EXTENSIONS.has(extension)
    ? undefined
    : `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`;
}

/** The rules on what a template of the name renders to. False when the text is not YAML. */
export function checkObjects(
  name: string,
  text: string,
  { capabilities: { kubeVersion } }: Pick<TemplateRuleOptions, 'capabilities'>,
  findings: Findings,
): boolean {
  if (text.trim() === '') return true;
  findings.check('WARNING', name, indented(text));
  try {
    for (const head of readObjects(text)) {
      const { apiVersion = '', Kind: kind = '', Metadata: { Name: own = '' } = {} } = head;
      findings.check('WARNING', name, nameFault(kind, own));
      findings.check('WARNING', name, deprecationOf(apiVersion, kind, kubeVersion));
      findings.check('ERROR', name, withoutSelector(head, text));
      findings.check('ERROR', name, policyInList(head, text));
    }
    return true;
  } catch (e) {
    if (!(e instanceof GoError)) throw e;
    return findings.check('ERROR', name, `unable to parse YAML: ${e.message}`);
  }
}

/** Go: bufio.MaxScanTokenSize. */
const MAX_LINE_BYTES = 64 * 1024;

function indented(text: string): Complaint {
  for (const given of text.split('\n')) {
    if (byteLength(given) >= MAX_LINE_BYTES) return 'bufio.Scanner: token too long';
    const line = given.replace(/\r$/, '');
    if (line.trim() === '') continue;
    return /^[ \t]/.test(line)
      ? `document starts with an illegal indent: ${quoteGo(line)}, which may cause parsing problems`
      : undefined;
  }
  return undefined;
}

const WITH_SELECTOR = new Set(['Deployment', 'ReplicaSet', 'DaemonSet', 'StatefulSet']);

const withoutSelector = ({ Kind = '', Metadata: { Name = '' } = {} }: ObjectHead, text: string): Complaint =>
  WITH_SELECTOR.has(Kind) && !text.includes('matchLabels') && !text.includes('matchExpressions')
    ? `a ${Kind} must contain matchLabels or matchExpressions, and ${quoteGo(Name)} does not`
    : undefined;

const anonymous = (type: string, fields: StructShape['fields']): StructShape => ({ name: '', type, fields });

const METADATA_TYPE = 'struct { Annotations map[string]string }';
const ITEM_TYPE = `struct { Metadata ${METADATA_TYPE} }`;

const LIST = anonymous(`struct { Items []${ITEM_TYPE} }`, {
  Items: {
    list: anonymous(ITEM_TYPE, { Metadata: anonymous(METADATA_TYPE, { Annotations: { map: 'string' } }) }),
  },
});

interface ObjectList {
  readonly Items?: readonly ({
    readonly Metadata?: { readonly Annotations?: Readonly<Record<string, string>> };
  } | null)[];
}

const POLICY = 'helm.sh/resource-policy';

/** Only the first document of the text is looked at. */
function policyInList({ Kind }: ObjectHead, text: string): Complaint {
  if (Kind !== 'List') return undefined;
  try {
    const { Items = [] } = (decodeYamlStruct(text, LIST) ?? {}) as ObjectList;
    return Items.some((item) => Object.hasOwn(item?.Metadata?.Annotations ?? {}, POLICY))
      ? `annotation '${POLICY}' within List objects are ignored`
      : undefined;
  } catch (e) {
    if (e instanceof GoError) return `unable to parse YAML: ${e.message}`;
    throw e;
  }
}
