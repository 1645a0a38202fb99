import { offlineCapabilities, sortManifests } from '@pack/core';
import { createRenderer } from '@pack/engine';
import { systemWorld } from '@pack/engine/node';
import { compareBytes, isValidUtf8, toBytes } from 'go-template';
import type { Answer, Question } from '../vectors.ts';
import { chartOf, isAnswer, texts, valuesOf } from './question.ts';

export async function answer(question: Question): Promise<Answer> {
  try {
    return output(await rendered(question));
  } catch (e) {
    if (isAnswer(e)) return field('error', e.message);
    throw e;
  }
}

const output = (text: string | undefined | Record<string, string>): Answer =>
  typeof text === 'string' || text === undefined
    ? field('output', text ?? '')
    : {
        output: Object.fromEntries(
          Object.keys(text)
            .sort(compareBytes)
            .map((name) => [name, text[name]]),
        ),
      };

const field = (name: string, text: string): Answer =>
  isValidUtf8(text) ? { [name]: text } : { [`${name}B64`]: Buffer.from(toBytes(text)).toString('base64') };

async function rendered(question: Question): Promise<string | Record<string, string> | undefined> {
  const chart = await chartOf(question);
  const renderer = await createRenderer(chart, systemWorld({ tz: String(question['tz'] ?? 'UTC') }));
  const { files } = renderer.render({
    values: valuesOf(question),
    release: {
      name: String(question['release'] ?? 'RELEASE-NAME'),
      namespace: String(question['namespace'] ?? 'default'),
      isUpgrade: question['isUpgrade'] === true,
    },
    capabilities: offlineCapabilities({
      kubeVersion: String(question['kubeVersion'] ?? ''),
      apiVersions: texts(question['apiVersions']),
    }),
    strict: question['strict'] === true,
  });
  switch (question['want']) {
    case 'all':
      return files;
    case 'manifest':
      return manifest(files);
    default:
      return files[`${chart.metadata.name}/templates/t.yaml`] ?? '';
  }
}

/** What `helm template` prints. */
function manifest(files: Readonly<Record<string, string>>): string {
  const rest = Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('NOTES.txt')));
  const { manifests, hooks } = sortManifests(rest);
  const text = manifests.map(({ path, content }) => `---\n# Source: ${path}\n${content}\n`).join('');
  return `${text.trim()}\n${hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join('')}`;
}
