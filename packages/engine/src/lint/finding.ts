/** What lint has to say. Helm: pkg/chart/v2/lint/support. */

/** `INFO` is good to know, `WARNING` breaks a convention, `ERROR` keeps a chart from being installed. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR';

export interface Finding {
  readonly severity: Severity;
  /** The file or folder of the chart; for rules on dependencies the chart's own folder, or ''. */
  readonly path: string;
  readonly message: string;
}

/** As `helm lint` prints it. */
export const formatFinding = ({ severity, path, message }: Finding): string => `[${severity}] ${path}: ${message}`;

/** What a rule finds wrong; undefined is nothing. */
export type Complaint = string | undefined;

/** Gathers the complaints of rules. */
export class Findings {
  readonly all: Finding[] = [];

  /** Whether there was nothing to complain of. */
  check(severity: Severity, path: string, message: Complaint): boolean {
    if (message !== undefined) this.all.push({ severity, path, message });
    return message === undefined;
  }
}
