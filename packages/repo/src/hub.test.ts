import { describe, expect, test } from 'vitest';

import { searchHub } from './hub.ts';
import { createRepository } from './repositories.ts';
import { uploadChart } from './upload.ts';

describe('search hub', () => {
  const answer = {
    data: [
      {
        id: 'r/web',
        artifactHub: { packageUrl: 'https://hub.example/web' },
        attributes: { description: 'A server', repo: { name: 'r', url: 'https://r.example' } },
        relationships: { latestChartVersion: { data: { version: '1.0.0', app_version: '9' } } },
      },
      { id: 'r/bare' },
    ],
  };
  const searched = async (body: string, endpoint = 'https://h.example/x', status = 200): Promise<unknown> => {
    const urls: string[] = [];
    const fetch = (async (url: string) => {
      urls.push(url);
      return new Response(body, { status });
    }) as typeof globalThis.fetch;
    return { results: await searchHub('a b&c', { fetch, endpoint }), urls };
  };

  test('shows what the hub knows', async () => {
    expect(await searched(JSON.stringify(answer))).toEqual({
      urls: ['https://h.example/x/api/chartsvc/v1/charts/search?q=a+b%26c'],
      results: [
        {
          url: 'https://hub.example/web',
          version: '1.0.0',
          appVersion: '9',
          description: 'A server',
          repository: { name: 'r', url: 'https://r.example' },
        },
        {
          url: 'https://h.example/x/charts/r/bare',
          version: '',
          appVersion: '',
          description: '',
          repository: { name: '', url: '' },
        },
      ],
    });
  });

  test('finds nothing in what is no answer', async () => {
    expect(await searched('<html>')).toMatchObject({ results: [] });
  });

  test('says that a hub cannot be reached', async () => {
    await expect(searched('', 'https://h.example', 500)).rejects.toThrow(
      'unable to perform search against "https://h.example"',
    );
    await expect(searched('', 'nowhere')).rejects.toThrow(
      'unable to create connection to "nowhere": no hostname provided',
    );
  });
});

describe('pushing to ChartMuseum', () => {
  const push = async (status: number, body: string): Promise<{ url: string; form: FormData }> => {
    let sent: { url: string; form: FormData } | undefined;
    const fetch = (async (url: string, init: RequestInit) => {
      sent = { url, form: init.body as FormData };
      return new Response(body, { status });
    }) as unknown as typeof globalThis.fetch;
    const access = createRepository({ url: 'https://m.example/org/repo' });
    await uploadChart(access, new Uint8Array([1]), { fetch, prov: new Uint8Array([2]), force: true });
    return sent as { url: string; form: FormData };
  };

  test('sends the archive and its provenance', async () => {
    const { url, form } = await push(201, '{"saved":true}');
    expect(url).toBe('https://m.example/api/org/repo/charts?force');
    expect([...form.keys()]).toEqual(['chart', 'prov']);
  });

  test('tells what the server says', async () => {
    await expect(push(409, '{"error":"a-1.0.0.tgz already exists"}')).rejects.toThrow('409 a-1.0.0.tgz already exists');
  });
});
