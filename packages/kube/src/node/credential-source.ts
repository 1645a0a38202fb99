/** What says who a request is from. */

export interface CredentialWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a plugin may ask the person at the terminal. */
  readonly isInteractive: boolean;
  /** Milliseconds. */
  readonly now: () => number;
}

export interface CurrentCredentials {
  readonly authorization?: string;
  readonly cert?: string;
  readonly key?: string;
}

export interface CredentialSource {
  current(): Promise<CurrentCredentials>;
  /** After a 401 for `used`: whether there are others now. */
  renew(used: CurrentCredentials): Promise<boolean>;
}

export const bearer = (token: string): string => `Bearer ${token.trim()}`;
