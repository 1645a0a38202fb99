import { PackError } from '../error.ts';

export type ChartErrorCode =
  | 'CHART_INVALID'
  | 'CHART_NOT_FOUND'
  | 'CHART_ARCHIVE_INVALID'
  | 'CHART_TOO_LARGE'
  | 'CHART_UNSAFE_PATH'
  | 'CHART_FILE_IRREGULAR'
  | 'CHART_LINK_OUTSIDE'
  | 'CHART_UNREADABLE'
  | 'RELEASE_NAME_INVALID'
  | 'KUBE_VERSION_INVALID';

/** A fault of a chart or of what is asked of it; messages are Helm's. */
export class ChartError extends PackError<ChartErrorCode> {}
