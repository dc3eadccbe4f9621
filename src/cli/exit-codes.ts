/** How a command ends (a contract: scripts rely on it). */
export const EXIT = {
  ok: 0,
  error: 1,
  /** The API server cannot be reached. */
  clusterUnreachable: 2,
  /** The command worked and found something that needs attention. */
  findings: 3,
  /** Bad flags or bad configuration; nothing was done. */
  usage: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
