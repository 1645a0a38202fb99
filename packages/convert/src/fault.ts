/** What of a template has no counterpart in Jinja. */
export class ConvertFault extends Error {
  /** Index into the text of the template, of what it is about. */
  readonly pos: number | undefined;

  constructor(message: string, pos?: number) {
    super(message);
    this.pos = pos;
  }
}
