/** Credentials from a program. client-go: plugin/pkg/client/auth/exec. */
import { spawn } from 'node:child_process';
import { KubeError } from '../error.ts';
import { bearer, type CredentialSource, type CredentialWorld, type CurrentCredentials } from './credential-source.ts';
import type { ExecConfig } from './kubeconfig.ts';

/** A plugin that says more than this is no plugin. */
const MAX_OUTPUT = 10 * 1024 * 1024;

const GROUP = 'client.authentication.k8s.io/';

const INSTALL_HELP = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`;

interface Held {
  readonly credentials: CurrentCredentials;
  /** Milliseconds since the epoch; absent if they do not expire. */
  readonly expires?: number;
}

/** The program runs once, and again when what it said has expired or was refused. */
export function createExecPlugin(config: ExecConfig, world: CredentialWorld): CredentialSource {
  let held: Held | undefined;
  let running: Promise<Held> | undefined;
  /** One run for all who wait. */
  async function run(): Promise<Held> {
    running ??= ask(config, world);
    try {
      held = await running;
      return held;
    } finally {
      running = undefined;
    }
  }
  return {
    async current() {
      const isGood = held !== undefined && (held.expires === undefined || world.now() <= held.expires);
      return (isGood && held !== undefined ? held : await run()).credentials;
    },
    async renew(used) {
      // Unless somebody else's 401 has renewed them already.
      if (held === undefined || held.credentials === used) await run();
      return true;
    },
  };
}

async function ask(config: ExecConfig, world: CredentialWorld): Promise<Held> {
  const interactive = isInteractive(config.interactiveMode, world);
  const { apiVersion, cluster, command } = config;
  if (!/^client\.authentication\.k8s\.io\/v1(?:beta1)?$/.test(apiVersion)) {
    throw new KubeError('KUBE_CONFIG_INVALID', `exec plugin: invalid apiVersion ${JSON.stringify(apiVersion)}`);
  }
  const info = { kind: 'ExecCredential', apiVersion, spec: { ...(cluster !== undefined && { cluster }), interactive } };
  const env = {
    ...world.env,
    ...Object.fromEntries(config.env.map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: `${JSON.stringify(info)}\n`,
  };
  return readCredential(await output(command, config, env, interactive), apiVersion);
}

function isInteractive(mode: string, world: CredentialWorld): boolean {
  if (mode === 'Never') return false;
  if (mode === 'Always' && !world.isInteractive) {
    throw failed('exec plugin cannot support interactive mode: standard input is not a terminal');
  }
  return world.isInteractive;
}

function output(
  command: string,
  { args, installHint }: ExecConfig,
  env: Record<string, string | undefined>,
  interactive: boolean,
): Promise<string> {
  return new Promise((resolve, reject) => {
    // What it has to say to the person goes to the terminal.
    const child = spawn(command, args, { env, stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.on('error', (e: NodeJS.ErrnoException) => reject(spawnFault(command, installHint, e)));
    child.on('close', (code) => {
      if (size > MAX_OUTPUT) reject(failed('decoding stdout: too long'));
      else if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failed(`exec: executable ${command} failed with exit code ${code ?? -1}`));
    });
  });
}

function spawnFault(command: string, installHint: string, { code, message }: NodeJS.ErrnoException): KubeError {
  if (code !== 'ENOENT')
    return failed(`exec: ${code === 'EACCES' ? `fork/exec ${command}: permission denied` : message}`);
  if (/[/\\]/.test(command)) return failed(`exec: fork/exec ${command}: no such file or directory`);
  const hint = printable(installHint);
  return failed(`exec: executable ${command} not found${INSTALL_HELP}${hint === '' ? '' : `\n\n${hint}`}`);
}

/** A hint comes from a file that may be somebody else's: nothing of it shall move the cursor. */
const printable = (text: string): string =>
  text.replace(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\t-\r]/gu,
    (character) => `U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}`,
  );

/** What a plugin prints is secret: no error quotes it. */
function readCredential(text: string, wanted: string): Held {
  let answer: { apiVersion?: unknown; kind?: unknown; status?: Record<string, unknown> | null } | null;
  try {
    answer = JSON.parse(text);
  } catch {
    throw failed('decoding stdout: it is no JSON');
  }
  const version = typeof answer?.apiVersion === 'string' ? answer.apiVersion : '';
  if (answer?.kind !== 'ExecCredential' || !version.startsWith(GROUP)) {
    throw failed('decoding stdout: it is no ExecCredential');
  }
  if (version !== wanted) {
    throw failed(`exec plugin is configured to use API version ${wanted}, plugin returned version ${version}`);
  }
  const { status } = answer;
  if (status === undefined || status === null) throw failed("exec plugin didn't return a status field");
  const [token, cert, key] = ['token', 'clientCertificateData', 'clientKeyData'].map((name) => {
    const value = status[name];
    return typeof value === 'string' ? value : '';
  }) as [string, string, string];
  if (token === '' && cert === '' && key === '') {
    throw failed("exec plugin didn't return a token or cert/key pair");
  }
  if ((cert === '') !== (key === '')) throw failed('exec plugin returned only certificate or key, not both');
  const expires = typeof status.expirationTimestamp === 'string' ? Date.parse(status.expirationTimestamp) : Number.NaN;
  return {
    credentials: { ...(token !== '' && { authorization: bearer(token) }), ...(cert !== '' && { cert, key }) },
    ...(!Number.isNaN(expires) && { expires }),
  };
}

const failed = (message: string): KubeError =>
  new KubeError('KUBE_UNAUTHORIZED', `getting credentials: ${message}`, {
    hint: 'run the credential plugin of this context by itself, or log in again',
  });
