/** Who one is to a registry. */
export type Credential =
  | { readonly username: string; readonly password: string }
  /** What `docker login` keeps where a registry gave a token for the password. */
  | { readonly identityToken: string }
  /** What is shown to the server as it is, and no token asked for. */
  | { readonly registryToken: string };

/** The credential for a host (with its port), if there is one. Asked at most once for each host of a client. */
export type Credentials = (host: string) => Promise<Credential | undefined> | Credential | undefined;
