/** Hears what Helm would have logged as a warning; `facts` are the attributes of a structured log line. */
export type Warn = (message: string, facts?: Readonly<Record<string, string>>) => void;

export const ignoreWarnings: Warn = () => undefined;
