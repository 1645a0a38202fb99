/** Where in which template. */
export interface TemplateText {
  /** The path that errors show: `web/templates/a.yaml`. */
  readonly path: string;
  readonly text: string;
}

/** `line` and `column` count from 1. */
export interface Place {
  readonly template: TemplateText;
  readonly line: number;
  readonly column: number;
}
