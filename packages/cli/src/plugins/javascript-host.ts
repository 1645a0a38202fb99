/**
 * The process of a plugin in JavaScript. It has none of our memory and little of our environment, and it may hang, crash
 * or print what it likes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { PackError } from '@pack/core';
import type { Plugin } from './folder.ts';

/** Runs in the other process: answers calls, one message each. */
const PROGRAM = `
import { pathToFileURL } from 'node:url';
const send = process.send.bind(process);
process.on('disconnect', () => process.exit(0));
const fault = (e) => String(e?.message ?? e);
try {
  const module = await import(pathToFileURL(process.argv[1]).href);
  const plugin = module.default ?? module;
  const functions = (await plugin.registerFunctions?.()) ?? {};
  const provider = plugin.secretsProvider;
  const hooks = {
    preRender: (input) => plugin.preRender(input),
    postRender: (manifests) => plugin.postRender(manifests),
    call: (name, ...args) => functions[name](...args),
    secret: (reference) => provider.resolve(reference),
  };
  process.on('message', async ({ id, hook, args }) => {
    try {
      send({ id, value: (await hooks[hook](...args)) ?? null });
    } catch (e) {
      send({ id, fault: fault(e) });
    }
  });
  const isFunction = (name) => typeof plugin[name] === 'function';
  send({
    ready: true,
    preRender: isFunction('preRender'),
    postRender: isFunction('postRender'),
    functions: Object.keys(functions).filter((name) => typeof functions[name] === 'function'),
    scheme: typeof provider?.resolve === 'function' ? provider.scheme : undefined,
  });
} catch (e) {
  send({ ready: false, fault: fault(e) });
}
`;

/** What the plugin has. */
export interface PluginAbilities {
  readonly preRender: boolean;
  readonly postRender: boolean;
  readonly functions: readonly string[];
  readonly scheme: string | undefined;
}

export interface JavaScriptPlugin extends PluginAbilities {
  readonly name: string;
  /** Throws PLUGIN_FAILED, PLUGIN_TIMEOUT. */
  call(hook: 'preRender' | 'postRender' | 'call' | 'secret', ...args: unknown[]): Promise<unknown>;
  close(): void;
}

export interface HostOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds for loading it, and for any one call. */
  readonly timeout: number;
  /** What it prints. */
  readonly onOutput: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

type Message = Readonly<Record<string, unknown>>;

/** Starts a plugin. Throws PLUGIN_FAILED, PLUGIN_TIMEOUT. */
export async function startJavaScript(plugin: Plugin, options: HostOptions): Promise<JavaScriptPlugin> {
  const { env, timeout, onOutput, signal } = options;
  const named = `plugin ${JSON.stringify(plugin.name)}`;
  signal?.throwIfAborted();
  const child = spawn(
    process.execPath,
    ['--no-warnings', '--input-type=module', '-e', PROGRAM, join(plugin.dir, plugin.main)],
    { cwd: plugin.dir, env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'], windowsHide: true },
  );
  const waiting = new Map<number, { resolve: (message: Message) => void; reject: (e: unknown) => void }>();
  let ended: unknown;
  const end = (why: unknown): void => {
    ended ??= why;
    process.off('exit', kill);
    signal?.removeEventListener('abort', onAbort);
    child.kill('SIGKILL');
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  };
  const kill = (): void => void child.kill('SIGKILL');
  const onAbort = (): void => end(signal?.reason);
  process.on('exit', kill);
  signal?.addEventListener('abort', onAbort, { once: true });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => onOutput(chunk.toString('utf8')));
  child.on('error', (e) => end(failure(`${named}: ${e.message}`, e)));
  child.on('exit', (code, killer) => end(failure(`${named} has ended: ${killer ?? `exit status ${code}`}`)));
  child.on('message', (message: unknown) => {
    if (typeof message !== 'object' || message === null) return;
    const { id } = message as Message;
    const asked = waiting.get(typeof id === 'number' ? id : READY);
    waiting.delete(typeof id === 'number' ? id : READY);
    asked?.resolve(message as Message);
  });

  const answer = (id: number, what: string): Promise<Message> =>
    new Promise<Message>((resolve, reject) => {
      if (ended !== undefined) return reject(ended);
      hold(child, true);
      const timer = setTimeout(
        () => end(new PackError('PLUGIN_TIMEOUT', `${named}: ${what} has not ended after ${timeout / 1000} s`)),
        timeout,
      );
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          clearTimeout(timer);
          if (waiting.size === 0) hold(child, false);
          settle(value);
        };
      waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
    });

  const ready = await answer(READY, 'loading');
  if (ready['ready'] !== true) {
    const fault = failure(`${named}: ${String(ready['fault'])}`);
    end(fault);
    throw fault;
  }
  let last = READY;
  return {
    name: plugin.name,
    ...abilitiesOf(ready),
    async call(hook, ...args) {
      const id = ++last;
      const what = hook === 'call' ? String(args[0]) : hook;
      const answered = answer(id, what);
      if (ended === undefined) child.send({ id, hook, args });
      const { fault, value } = await answered;
      if (fault !== undefined) throw failure(`${named}: ${what}: ${String(fault)}`);
      return value;
    },
    close: () => end(failure(`${named} was closed`)),
  };
}

/** The number of the message with which a plugin begins. */
const READY = 0;

const failure = (message: string, cause?: unknown): PackError => new PackError('PLUGIN_FAILED', message, { cause });

/** Names that templates can call. */
const FUNCTION = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Whatever the plugin says of itself. */
function abilitiesOf({ preRender, postRender, functions, scheme }: Message): PluginAbilities {
  return {
    preRender: preRender === true,
    postRender: postRender === true,
    functions: Array.isArray(functions)
      ? functions.filter((name): name is string => typeof name === 'string' && FUNCTION.test(name))
      : [],
    scheme: typeof scheme === 'string' && /^[a-z][a-z0-9+.-]*$/.test(scheme) ? scheme : undefined,
  };
}

/** While nothing is asked of it, it keeps nobody from ending. */
function hold(child: ChildProcess, isHeld: boolean): void {
  const how = isHeld ? 'ref' : 'unref';
  child[how]();
  child.channel?.[how]();
  for (const stream of [child.stdout, child.stderr])
    (stream as unknown as Partial<Record<'ref' | 'unref', () => void>>)?.[how]?.();
}
