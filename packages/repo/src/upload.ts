import type { Access } from './fetch-index.ts';

/** Pushes an archive to an HTTP repository by ChartMuseum's API. Throws PUSH_FAILED. */
export declare function uploadChart(
  access: Access,
  archive: Uint8Array,
  options: {
    readonly fetch: typeof fetch;
    readonly prov?: Uint8Array;
    readonly force?: boolean;
    readonly signal?: AbortSignal;
  },
): Promise<void>;
