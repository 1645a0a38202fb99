import type { Metadata } from '@pack/core';

export declare const OCI_MEDIA_TYPES: {
  readonly config: 'application/vnd.cncf.helm.config.v1+json';
  readonly chart: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
  readonly legacyChart: 'application/tar+gzip';
  readonly prov: 'application/vnd.cncf.helm.chart.provenance.v1.prov';
};

export interface ChartOciOptions {
  readonly prov?: Uint8Array;
  /** `org.opencontainers.image.created`, RFC 3339: the time of the archive's file. */
  readonly created: string;
}

export interface OciBlob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly data: Uint8Array;
}

/** A chart as it lies in a registry: the bytes that Helm pushes. */
export interface ChartOci {
  readonly metadata: Metadata;
  /** `name:tag` */
  readonly reference: string;
  readonly config: OciBlob;
  /** In the order of the manifest: by digest. */
  readonly layers: readonly OciBlob[];
  readonly manifest: OciBlob;
}

/** Helm: pkg/registry Client.Push. */
export declare function chartOci(archive: Uint8Array, options: ChartOciOptions): Promise<ChartOci>;
/** Tags cannot have a `+`. */
export declare function chartTag(version: string): string;
export declare function chartVersionOfTag(tag: string): string;
