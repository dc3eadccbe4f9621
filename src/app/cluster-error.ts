/**
 * The API server could not be asked, did not answer in time, or would not do what was asked. The message says which call
 * it was and what became of it. What comes of this is no defect of holdfast's, and no decision: it may go well next time.
 */
export class ClusterError extends Error {
  override readonly name: string = 'ClusterError';
}
