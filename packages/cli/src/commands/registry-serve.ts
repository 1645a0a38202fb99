import { once } from 'node:events';
import { serve } from 'oci-client-ts/node';
import type { Command } from '../command.ts';
import { int, text } from '../flags/common.ts';
import { UsageError } from '../flags/parse.ts';

export const command: Command = {
  usage: 'registry serve DIR [flags]',
  description:
    'Serves a folder as a registry, to read and to write; the folder is an OCI image layout, and is made if there is none.\n\nIt asks nobody for a password, so it listens on this machine only, unless told otherwise.',
  args: [1, 1],
  flags: {
    host: text('address to listen on', '127.0.0.1'),
    port: int('port to listen on; 0 takes a free one', '5000'),
  },
  async run(given, io) {
    const port = given.string('port') ?? '5000';
    if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) throw new UsageError(`--port: ${port} is no port`);
    const [folder] = given.args as [string];
    const server = await serve(folder, { host: given.string('host') ?? '127.0.0.1', port: Number(port) });
    io.stderr(`Serving ${folder} at ${server.url}\n`);
    const stopping = io.interrupts?.() ?? new AbortController().signal;
    if (!stopping.aborted) await once(stopping, 'abort');
    await server.close();
  },
};
