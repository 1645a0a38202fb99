/** Who one is to a registry. */
export type Credential =
  | { readonly username: string; readonly password: string }
  /** What `docker login` keeps where a registry gave a token for the password. */
  | { readonly identityToken: string };

/** The credential for a host (with its port), if there is one. Asked at most once for each host of a client. */
export type Credentials = (host: string) => Promise<Credential | undefined> | Credential | undefined;
