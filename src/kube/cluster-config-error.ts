/** The cluster to talk to cannot be told from flags, environment and files; the message says where and what to do. */
export class ClusterConfigError extends Error {
  override readonly name = 'ClusterConfigError';
}
