/** What Go says of the system's errors. */

/** `stat /x: no such file or directory`, as Go's *PathError prints it. */
export const pathErrorText = (operation: string, path: string, e: unknown): string =>
  `${operation} ${path}: ${systemText(e as NodeJS.ErrnoException)}`;

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'file exists',
  EISDIR: 'is a directory',
  ELOOP: 'too many levels of symbolic links',
  ENAMETOOLONG: 'file name too long',
  ENOENT: 'no such file or directory',
  ENOSPC: 'no space left on device',
  ENOTDIR: 'not a directory',
  ENOTEMPTY: 'directory not empty',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
};

const systemText = ({ code, message }: NodeJS.ErrnoException): string => TEXTS[code ?? ''] ?? message;
