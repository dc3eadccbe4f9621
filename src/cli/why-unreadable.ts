const KNOWN: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'it may not be read; check the permissions of the file and its folders',
  EISDIR: 'it is a folder; name the file itself',
};

/** Why a file could not be read, for operators: without the words of the operating system where they say less. */
export function whyUnreadable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = 'code' in error && typeof error.code === 'string' ? KNOWN[error.code] : undefined;
  return known ?? error.message;
}
