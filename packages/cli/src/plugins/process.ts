/** Programs of plugins: started, fed, and ended when they take too long or are stopped. */
import { spawn } from 'node:child_process';
import { PackError } from '@pack/core';
import { fromBytes, toBytes } from 'go-template';

export interface ProcessInput {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What it reads; with `terminal` it reads what this process would. */
  readonly input?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds. */
  readonly timeout?: number | undefined;
  /** What it prints for people, as it comes. */
  readonly onStderr?: (text: string) => void;
  /** It has the streams of this process to itself. */
  readonly terminal?: boolean;
}

export interface ProcessOutput {
  readonly code: number;
  readonly stdout: Uint8Array;
}

/** Bytes; more is no manifest and no chart. */
const MAX_OUTPUT = 1024 * 1024 * 1024;
/** Milliseconds between asking a program to end and ending it. */
const GRACE = 2000;

/**
 * Runs a program to its end. With it end the programs that it has started. Throws PLUGIN_UNSTARTABLE, PLUGIN_TIMEOUT,
 * and AbortError when it was stopped.
 */
export function runProcess({
  command,
  args,
  env,
  cwd,
  input,
  signal,
  timeout,
  onStderr,
  terminal = false,
}: ProcessInput): Promise<ProcessOutput> {
  signal?.throwIfAborted();
  // At the terminal Ctrl-C reaches the program by itself; else it is the leader of a group that ends together.
  const isLeader = !terminal && process.platform !== 'win32';
  const child = spawn(command, args, {
    env,
    ...(cwd !== undefined && { cwd }),
    stdio: terminal ? 'inherit' : [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    detached: isLeader,
    windowsHide: true,
  });
  const chunks: Buffer[] = [];
  let size = 0;
  let fault: unknown;
  const kill = (how: NodeJS.Signals): void => {
    try {
      if (isLeader && child.pid !== undefined) process.kill(-child.pid, how);
      else child.kill(how);
    } catch {
      // It has ended meanwhile.
    }
  };
  let last: NodeJS.Timeout | undefined;
  const stop = (why: unknown): void => {
    if (fault !== undefined) return;
    fault = why;
    kill('SIGTERM');
    last = setTimeout(() => kill('SIGKILL'), GRACE);
  };
  const onAbort = (): void => stop(signal?.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(
          () => stop(new PackError('PLUGIN_TIMEOUT', `${command} has not ended after ${timeout / 1000} s`)),
          timeout,
        );
  child.stdin?.on('error', () => undefined); // Who does not read all is free to.
  child.stdin?.end(input === undefined ? undefined : toBytes(input));
  child.stdout?.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_OUTPUT) stop(new PackError('PLUGIN_OUTPUT_TOO_LARGE', `${command} prints without end`));
    else chunks.push(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => onStderr?.(fromBytes(chunk)));
  return new Promise<ProcessOutput>((resolve, reject) => {
    child.on('error', (e: NodeJS.ErrnoException) => {
      reject(new PackError('PLUGIN_UNSTARTABLE', startError(command, e), { cause: e }));
    });
    child.on('close', (code, killer) => {
      // What it left behind ends too.
      if (isLeader && fault !== undefined) kill('SIGKILL');
      if (fault !== undefined) reject(fault);
      else resolve({ code: code ?? (killer === 'SIGINT' ? 130 : 143), stdout: Buffer.concat(chunks) });
    });
  }).finally(() => {
    clearTimeout(timer);
    clearTimeout(last);
    signal?.removeEventListener('abort', onAbort);
  });
}

/** Go's words. */
function startError(command: string, { code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' && !/[/\\]/.test(command)) {
    return `exec: ${JSON.stringify(command)}: executable file not found in $PATH`;
  }
  const why =
    code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'permission denied' : (code ?? 'failed');
  return `fork/exec ${command}: ${why}`;
}
