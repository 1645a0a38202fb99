/** What actions on releases are given to work with, and what they tell of their work. */
import type { Capabilities, Chart, Time } from '@pack/core';
import type { ApplyEvent, Cluster, WaitEvent } from '@pack/kube';
import type { GoMap } from 'go-template';

import type { Release } from './record.ts';
import type { ReleaseStorage } from './storage/storage.ts';

export interface RenderRequest {
  readonly chart: Chart;
  readonly values: GoMap;
  readonly release: {
    readonly name: string;
    readonly namespace: string;
    readonly revision: number;
    readonly isUpgrade: boolean;
  };
  readonly capabilities: Capabilities;
  /** Whether templates may look things up in the cluster. */
  readonly live: boolean;
  readonly skipSchemaValidation: boolean;
}

export interface RenderResult {
  /** Texts by path; notes are among them. */
  readonly files: Readonly<Record<string, string>>;
  /** With aliases, without what conditions switch off. */
  readonly chart: Chart;
}

/** A chart into files, by whatever engine, and through whatever post-renderers. */
export type Render = (request: RenderRequest, signal?: AbortSignal) => Promise<RenderResult>;

export interface ReleasePorts {
  readonly cluster: Cluster;
  readonly records: ReleaseStorage;
  readonly render: Render;
  readonly now: () => Time;
  /** Without it commands on one release do not know of each other. */
  readonly lock?: LockPort | undefined;
}

/** The Lease of a release. */
export interface LockPort {
  readonly namespace: string;
  /** In whose name it is held: no other command has the same. */
  readonly holder: string;
  /** Whether it is certain that another holder is no more. Without it a Lease is over when it was not renewed for long. */
  isGone?(holder: string): boolean;
}

export type ReleaseEvent =
  | ApplyEvent
  | WaitEvent
  | {
      readonly type: 'hook';
      readonly name: string;
      readonly event: string;
      readonly phase: 'begun' | 'done' | 'failed';
    }
  /** Of a pod of a hook that asks for it. */
  | {
      readonly type: 'log';
      readonly namespace: string;
      readonly pod: string;
      readonly container: string;
      readonly text: string;
    }
  | { readonly type: 'record'; readonly release: Pick<Release, 'name' | 'version'>; readonly status: string }
  /** What Helm logs; `facts` are the attributes of the line. */
  | {
      readonly type: 'warning';
      readonly message: string;
      readonly level: 'WARN' | 'ERROR';
      readonly facts?: Readonly<Record<string, string>>;
    };

export interface ReleaseRun {
  readonly onEvent?: ((event: ReleaseEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** For what may wait: `hookOnly` waits for hooks alone, `ordered` as `watcher` does and between groups of objects (HIP-0025). */
export type WaitStrategy = 'watcher' | 'legacy' | 'hookOnly' | 'ordered';

export interface WaitInput {
  readonly wait: WaitStrategy;
  readonly waitForJobs?: boolean | undefined;
  /** Milliseconds for any one operation. */
  readonly timeout: number;
  /** With `ordered`: milliseconds for one group to get ready, within `timeout`; a minute if absent. */
  readonly readinessTimeout?: number | undefined;
}

export type DryRun = 'none' | 'client' | 'server';
