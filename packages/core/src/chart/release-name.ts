import { byteLength } from 'go-template';

import { ChartError } from './error.ts';

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_LENGTH = 53;

/** Throws RELEASE_NAME_INVALID. Helm: pkg/chart/v2/util ValidateReleaseName. */
export function validateReleaseName(name: string): void {
  if (name === '') throw new ChartError('RELEASE_NAME_INVALID', 'no name provided');
  if (byteLength(name) > MAX_LENGTH || !NAME.test(name)) {
    throw new ChartError(
      'RELEASE_NAME_INVALID',
      `invalid release name, must match regex ${NAME.source} and the length must not be longer than ${MAX_LENGTH}`,
    );
  }
}
