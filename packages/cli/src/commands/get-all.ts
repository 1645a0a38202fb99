import type { Release } from '@pack/release';
import { text } from '../flags/common.ts';
import { colorsOf } from '../output/color.ts';
import { formatStatus } from '../output/release.ts';
import { getCommand } from './get.ts';

export const command = getCommand(
  'all',
  'Prints all that the record of a release has.',
  { template: text('form of the output, as a template of Go: {{.Release.Name}}') },
  async (release, given, io) => {
    const template = given.string('template') ?? '';
    if (template === '') {
      return io.stdout(formatStatus(release, { colors: colorsOf(given, io), debug: true, open: true, metadata: true }));
    }
    const { TemplateSet, toGo } = await import('go-template');
    const set = new TemplateSet({});
    set.parse('_', template);
    io.stdout(set.execute('_', toGo({ Release: exported(release) })));
  },
);

/** With the names that the fields have in Go. */
const exported = ({
  name,
  namespace,
  version,
  info,
  chart,
  config,
  manifest,
  labels,
  applyMethod,
  hooks,
}: Release) => ({
  Name: name,
  Namespace: namespace,
  Version: BigInt(version),
  Info: {
    FirstDeployed: info.first_deployed ?? '',
    LastDeployed: info.last_deployed ?? '',
    Deleted: info.deleted ?? '',
    Description: info.description ?? '',
    Status: info.status,
    Notes: info.notes ?? '',
  },
  Chart: {
    Metadata: {
      Name: chart?.metadata.name ?? '',
      Version: chart?.metadata.version ?? '',
      AppVersion: chart?.metadata.appVersion ?? '',
      APIVersion: chart?.metadata.apiVersion ?? '',
      Description: chart?.metadata.description ?? '',
      Home: chart?.metadata.home ?? '',
      Icon: chart?.metadata.icon ?? '',
      KubeVersion: chart?.metadata.kubeVersion ?? '',
      Type: chart?.metadata.type ?? '',
      Keywords: chart?.metadata.keywords ?? [],
      Sources: chart?.metadata.sources ?? [],
      Annotations: chart?.metadata.annotations ?? {},
    },
    Values: chart?.values ?? {},
  },
  Config: config,
  Manifest: manifest,
  Labels: labels,
  ApplyMethod: applyMethod,
  Hooks: hooks.map((hook) => ({
    Name: hook.name,
    Kind: hook.kind,
    Path: hook.path,
    Manifest: hook.manifest,
    Events: hook.events,
    Weight: BigInt(hook.weight),
    LastRun: {
      StartedAt: hook.lastRun.started_at ?? '',
      CompletedAt: hook.lastRun.completed_at ?? '',
      Phase: hook.lastRun.phase,
    },
  })),
});
