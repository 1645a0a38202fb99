import { PackError } from '@pack/core';

export type UnittestErrorCode = 'SUITE_INVALID' | 'PATH_INVALID' | 'SNAPSHOT_INVALID';

/** A suite, a path or a file of snapshots that cannot be read. */
export class UnittestError extends PackError<UnittestErrorCode> {}
