/** Programs that give keys. */
import { spawn } from 'node:child_process';

export interface Ran {
  readonly code: number | null;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Bytes that a program may print. */
const MAX_LENGTH = 1024 * 1024;

/** Throws what the system says of a program that cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  { input = '', env, signal }: { input?: string; env: NodeJS.ProcessEnv; signal?: AbortSignal | undefined },
): Promise<Ran> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'], ...(signal && { signal }) });
    const out: Buffer[] = [];
    let length = 0;
    let stderr = '';
    child.on('error', fail);
    // Who ends early reads no more.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    child.stdout.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > MAX_LENGTH) child.kill();
      else out.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < MAX_LENGTH) stderr += chunk.toString('utf8');
    });
    child.on('close', (code) => done({ code, stdout: Buffer.concat(out), stderr }));
  });
}
