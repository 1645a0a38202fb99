/** What was rendered goes through other hands before it becomes a release. Helm: pkg/action renderResources. */
import { ReleaseError } from '../error.ts';
import type { Render, RenderResult } from '../ports.ts';

/**
 * Changes a stream of YAML documents, hooks among them. Each has the annotation
 * `postrenderer.helm.sh/postrender-filename`; one that comes back without it is taken for a new one.
 */
export type PostRender = (manifests: string, signal?: AbortSignal) => string | Promise<string>;

export interface PostRenderer {
  /** For messages. */
  readonly name: string;
  readonly run: PostRender;
}

const NOTES = 'NOTES.txt';

/**
 * A render whose files go through post-renderers, one after the other; notes do not. Throws POST_RENDER_FAILED, and
 * what post-renderers throw, with Helm's words before it.
 */
export const withPostRenderers =
  (render: Render, postRenderers: readonly (PostRender | PostRenderer)[]): Render =>
  async (request, signal) =>
    postRendered(await render(request, signal), postRenderers, signal);

/** The same for what is rendered already. */
export async function postRendered<R extends Pick<RenderResult, 'files'>>(
  rendered: R,
  postRenderers: readonly (PostRender | PostRenderer)[],
  signal?: AbortSignal,
): Promise<R> {
  if (postRenderers.length === 0) return rendered;
  const { mergeFiles, splitStream } = await import('./stream.ts');
  const entries = Object.entries(rendered.files);
  const isNotes = ([path]: [string, string]): boolean => path.endsWith(NOTES);
  let stream = mergeFiles(Object.fromEntries(entries.filter((entry) => !isNotes(entry))));
  for (const postRenderer of postRenderers) stream = await ran(postRenderer, stream, signal);
  return { ...rendered, files: { ...splitStream(stream), ...Object.fromEntries(entries.filter(isNotes)) } };
}

async function ran(postRenderer: PostRender | PostRenderer, stream: string, signal?: AbortSignal): Promise<string> {
  const { name } = postRenderer;
  const run = typeof postRenderer === 'function' ? postRenderer : postRenderer.run;
  let out: unknown;
  try {
    signal?.throwIfAborted();
    out = await run(stream, signal);
  } catch (e) {
    if (!(e instanceof Error) || e.name === 'AbortError') throw e;
    throw failed(e.message, e);
  }
  if (typeof out !== 'string') throw failed(`post-renderer ${JSON.stringify(name)} did not give a text`);
  if (out.trim() === '') throw failed(`post-renderer ${JSON.stringify(name)} produced empty output`);
  return out;
}

const failed = (message: string, cause?: unknown): ReleaseError =>
  new ReleaseError('POST_RENDER_FAILED', `error while running post render on files: ${message}`, {
    ...(cause !== undefined && { cause }),
  });
