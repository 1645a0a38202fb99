/** Commands in containers, over WebSockets. Kubernetes: k8s.io/apimachinery pkg/util/remotecommand, KEP-4006. */
import type { Executed } from '../cluster.ts';
import { KubeError } from '../error.ts';
import type { HttpResponse } from './http.ts';
import { errorOf, toStatus } from './status-error.ts';

/** Both send the outcome as a Status. */
export const EXEC_PROTOCOLS: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Each message begins with the number of its channel. */
const CHANNEL = { stdout: 1, stderr: 2, outcome: 3 } as const;

/** What is said last is kept, bytes. */
const MAX_OUTPUT = 4096;
const MAX_OUTCOME = 64 * 1024;

interface Heard {
  readonly output: string;
  /** A Status. */
  readonly outcome: string;
}

export async function readExec({ body }: HttpResponse): Promise<Heard> {
  const output = createTail(MAX_OUTPUT);
  const outcome = createTail(MAX_OUTCOME);
  for await (const message of body ?? []) {
    const [channel] = message;
    const data = message.subarray(1);
    if (channel === CHANNEL.stdout || channel === CHANNEL.stderr) output.push(data);
    if (channel === CHANNEL.outcome) outcome.push(data);
  }
  return { outcome: outcome.text(), output: output.text() };
}

/** Throws KUBE_UNAVAILABLE, KUBE_REFUSED and such when the command did not run, or nobody knows what became of it. */
export const executedOf = ({ outcome, output }: Heard): Executed => ({ code: codeOf(outcome), output });

function createTail(limit: number) {
  let kept = new Uint8Array(0);
  return {
    push(data: Uint8Array): void {
      const whole = new Uint8Array(kept.length + Math.min(data.length, limit));
      whole.set(kept);
      whole.set(data.subarray(Math.max(0, data.length - limit)), kept.length);
      kept = whole.slice(Math.max(0, whole.length - limit));
    },
    text: (): string => new TextDecoder().decode(kept),
  };
}

function codeOf(text: string): number {
  if (text === '') throw new KubeError('KUBE_UNAVAILABLE', 'the connection ended before the command did');
  const status = parsed(text);
  if (status.status === 'Success') return 0;
  const { causes = [] } = (status.details ?? {}) as { causes?: readonly { reason?: string; message?: string }[] };
  const code = causes.find(({ reason }) => reason === 'ExitCode')?.message;
  if (status.reason === 'NonZeroExitCode' && code !== undefined && /^-?\d{1,9}$/.test(code)) return Number(code);
  throw errorOf(toStatus(status));
}

function parsed(text: string): Record<string, unknown> {
  try {
    const status: unknown = JSON.parse(text);
    if (typeof status === 'object' && status !== null) return status as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new KubeError('KUBE_REFUSED', `the outcome of the command cannot be read: ${text.slice(0, 200)}`);
}
