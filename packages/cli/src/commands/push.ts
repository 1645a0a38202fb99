import { existsSync, readFileSync, statSync } from 'node:fs';
import { PackError } from '@pack/core';
import { chartOci, createRepository, findRepository, RepoError, type Repository, uploadChart } from '@pack/repo';
import { readAllRepositories } from '@pack/repo/node';
import type { Content, RegistryRepository } from 'oci-client-ts';
import type { Command, Io } from '../command.ts';
import { bool, list, text } from '../flags/common.ts';
import { type Given, UsageError } from '../flags/parse.ts';
import { fetchOf, registryFlags, repositoryOf, transferred } from '../oci.ts';
import { pathsOf } from '../settings.ts';

export const command: Command = {
  usage: 'push [chart] [remote] [flags]',
  description:
    'Sends the archive of a chart, and its provenance file if there is one beside it, to a registry (oci://…) or to a\nrepository that takes charts as ChartMuseum does (http://…, https://…).\n\nWhat comes to lie in a registry is byte for byte what Helm puts there.',
  args: [1, 2],
  flags: {
    ...registryFlags,
    tag: list('another tag for the chart; may be repeated'),
    force: bool('replace the version that an HTTP repository has'),
    repo: text('instead of the remote: a repository on the list'),
  },
  complete: ({ args }) =>
    args.length === 0 ? { choices: [], files: true } : { choices: [['oci://'], ['https://']], open: true },
  async run(given, io) {
    const path = given.args[0] as string;
    const listed = listedRepository(given, io);
    const remote = listed?.url ?? (given.args[1] as string);
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(remote)?.[1];
    if (scheme === undefined)
      throw new UsageError(`invalid chart URL format: ${remote}`, 'write oci://registry/repository');
    const archive = readArchive(path);
    if (scheme === 'oci') return pushToRegistry(archive, remote, given, io);
    if (scheme !== 'http' && scheme !== 'https') throw new UsageError(`scheme ${JSON.stringify(scheme)} not supported`);
    const [username, password] = [given.string('username') ?? '', given.string('password') ?? ''];
    const repository = createRepository({
      ...listed,
      url: remote,
      ...(username !== '' && { username }),
      ...(password !== '' && { password }),
    });
    await uploadChart(repository, archive.data, {
      fetch: fetchOf(given, io),
      force: given.bool('force'),
      ...(archive.prov !== undefined && { prov: archive.prov }),
    });
    io.stdout(`Pushed: ${path} to ${remote}\n`);
  },
};

/** That of `--repo`, with its credentials. */
function listedRepository(given: Given, io: Io): Repository | undefined {
  const wanted = given.string('repo') ?? '';
  // With --repo it has one.
  if ((wanted === '') !== (given.args.length === 2)) {
    throw new UsageError('"pack push" requires 2 arguments\n\nUsage:  pack push [chart] [remote] [flags]');
  }
  if (wanted === '') return undefined;
  const found = findRepository(readAllRepositories(pathsOf(given, io.env).repositoryConfig), wanted);
  if (found === undefined) throw new RepoError('REPOSITORY_NOT_FOUND', `repo ${wanted} not found`);
  return found;
}

interface Archive {
  readonly data: Uint8Array;
  readonly prov?: Uint8Array;
  readonly modified: Date;
}

function readArchive(path: string): Archive {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw new PackError('CHART_NOT_FOUND', `${path}: no such file`);
  if (stats.isDirectory()) {
    throw new PackError('CHART_NOT_FOUND', 'cannot push directory, must provide chart archive (.tgz)', {
      hint: `pack package ${path}`,
    });
  }
  const prov = `${path}.prov`;
  return {
    data: readFileSync(path),
    modified: stats.mtime,
    ...(existsSync(prov) && { prov: readFileSync(prov) }),
  };
}

/** Go's time.RFC3339, in the zone of this machine. */
function rfc3339(time: Date): string {
  const offset = -time.getTimezoneOffset();
  const two = (n: number): string => String(Math.trunc(n)).padStart(2, '0');
  const local = new Date(time.getTime() + offset * 60_000).toISOString().slice(0, 19);
  const [sign, minutes] = offset < 0 ? ['-', -offset] : ['+', offset];
  return offset === 0 ? `${local}Z` : `${local}${sign}${two(minutes / 60)}:${two(minutes % 60)}`;
}

async function pushToRegistry({ data, prov, modified }: Archive, remote: string, given: Given, io: Io): Promise<void> {
  const reading = chartOci(data, { created: rfc3339(modified), ...(prov !== undefined && { prov }) });
  // While other threads inflate the archive, this one loads what requests are made of, which Node puts off.
  void globalThis.Request;
  const chart = await reading;
  const base = remote.slice('oci://'.length).replace(/\/+$/, '');
  const tag = chart.reference.slice(chart.reference.lastIndexOf(':') + 1);
  const repository = await repositoryOf(`${base}/${chart.reference.slice(0, -tag.length - 1)}`, given, io);
  await Promise.all([chart.config, ...chart.layers].map((blob) => pushNew(repository, blob, blob.data)));
  const { data: bytes, ...descriptor } = chart.manifest;
  for (const name of [tag, ...given.list('tag')]) await repository.pushTagged(descriptor, bytes, name);
  io.stdout(transferred('Pushed', `${base}/${chart.reference}`, descriptor.digest));
}

async function pushNew(
  repository: RegistryRepository,
  blob: Parameters<RegistryRepository['push']>[0],
  content: Content,
): Promise<void> {
  if (!(await repository.exists(blob))) await repository.push(blob, content);
}
