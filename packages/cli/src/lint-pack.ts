/** What speaks against a pack: what `lintChart` of @pack/engine finds in charts, and what Jinja has of its own. */
import { type Chart, isCodedError, OFFLINE_CAPABILITIES, type Warn } from '@pack/core';
import { readChart } from '@pack/core/node';
import { checkDeclared, checkHooks, checkObjects, type Finding, Findings, type LintOptions } from '@pack/engine/lint';
import { JinjaError, lintTemplate } from '@pack/jinja';
import { fromBytes } from 'go-template';

import { renderWith } from './render.ts';
import { keptReference } from './secrets.ts';

const FILE = 'Pack.yaml';
const FOLDER = 'templates/';
/** What is a Go template within a pack. */
const GO_TEMPLATE = /\.gotmpl$/;

/** Faults of the pack never throw. */
export async function lintPack(path: string, options: LintOptions & { readonly warn: Warn }): Promise<Finding[]> {
  const findings = new Findings();
  let chart: Chart;
  try {
    const warn: Warn = (message) => findings.check('WARNING', FILE, withoutFile(message));
    chart = await readChart(path, { warn });
  } catch (e) {
    if (!isCodedError(e)) throw e;
    findings.check('ERROR', FILE, withoutFile(e.message));
    return findings.all;
  }
  checkMetadata(chart, findings);
  checkDeclared(chart, path, findings);
  const own = chart.templates.filter(({ name }) => !GO_TEMPLATE.test(name));
  for (const { name, data } of own) {
    for (const { kind, message, at, hint } of lintTemplate(fromBytes(data), name)) {
      const text = `${at.line}:${at.column}: ${message}${hint === undefined ? '' : ` (${hint})`}`;
      findings.check(kind === 'error' ? 'ERROR' : 'WARNING', name, text);
    }
  }
  // A template that cannot be read is told of once, and not again by who renders it.
  if (findings.all.every(({ severity }) => severity !== 'ERROR')) await checkRendered(chart, options, findings);
  return findings.all;
}

/** Findings name the file themselves. */
const withoutFile = (message: string): string => message.replace(/^Pack\.yaml(?::(?=\d)|: )/, '');

function checkMetadata({ pack, raw, templates }: Chart, findings: Findings): void {
  findings.check('INFO', FILE, pack?.metadata.description ? undefined : 'description is recommended');
  findings.check('INFO', FILE, pack?.metadata.icon ? undefined : 'icon is recommended');
  findings.check(
    'INFO',
    'values.yaml',
    raw.some(({ name }) => name === 'values.yaml') ? undefined : 'file does not exist',
  );
  findings.check('WARNING', FOLDER, templates.length > 0 ? undefined : 'directory does not exist');
}

async function checkRendered(chart: Chart, options: LintOptions, findings: Findings): Promise<void> {
  const { namespace = 'default', capabilities = OFFLINE_CAPABILITIES, sources = {}, ...rest } = options;
  if (chart.pack?.type === 'library') return;
  let files: Readonly<Record<string, string>>;
  try {
    const release = { name: 'test-release', namespace };
    ({ files } = await renderWith({ ...rest, chart, release, capabilities, secrets: keptReference }, sources));
  } catch (e) {
    if (!isCodedError(e)) throw e;
    const faults = e instanceof JinjaError ? (e.errors ?? [e]) : [e];
    for (const { message, hint } of faults) {
      findings.check('ERROR', FOLDER, hint === undefined ? message : `${message} (${hint})`);
    }
    return;
  }
  const prefix = `${chart.metadata.name}/`;
  for (const [name, text] of Object.entries(files)) {
    const path = name.slice(prefix.length);
    if (!path.startsWith(FOLDER) || !/\.ya?ml$/i.test(path)) continue;
    if (checkObjects(path, text, { capabilities }, findings)) checkHooks(path, text, 'pack', findings);
  }
}
