/**
 * What a plugin in JavaScript is: a module whose default export is a {@link PackPlugin}. It runs in a process of its
 * own; what it is given and gives crosses over as JSON.
 */

export type PluginJson =
  | null
  | boolean
  | number
  | string
  | readonly PluginJson[]
  | { readonly [name: string]: PluginJson };

export interface PreRenderInput {
  readonly chart: { readonly name: string; readonly version: string; readonly appVersion: string };
  readonly release: { readonly name: string; readonly namespace: string; readonly isUpgrade: boolean };
  /** What the user has set, without the chart's defaults. */
  readonly values: { readonly [name: string]: PluginJson };
}

/** All of a plugin's hooks; each may be left out, and each may be asynchronous. */
export interface PackPlugin {
  /** Before a chart or pack is rendered. `values` that come back take the place of those of the user. */
  preRender?(
    input: PreRenderInput,
  ):
    | { readonly values?: PreRenderInput['values'] }
    | undefined
    | Promise<{ readonly values?: PreRenderInput['values'] } | undefined>;
  /** After it: a stream of YAML documents, hooks among them, as a post-renderer has it. */
  postRender?(manifests: string): string | Promise<string>;
  /**
   * Functions for templates, of charts and of packs. Equal arguments are taken to give equal results within one render.
   * Names that Helm has are left to Helm.
   */
  registerFunctions?(): { readonly [name: string]: (...args: PluginJson[]) => PluginJson | Promise<PluginJson> };
  /** Resolves references `scheme:reference`. */
  readonly secretsProvider?: {
    readonly scheme: string;
    resolve(reference: string): string | Promise<string>;
  };
}

/** For types: `export default definePlugin({ … })`. */
export const definePlugin = (plugin: PackPlugin): PackPlugin => plugin;
