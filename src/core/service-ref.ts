/** Who a Service is. A Service deleted and created again under the same name has another uid and is another holder. */
export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
  /** `metadata.uid`; empty at CREATE, before the API server has given one. */
  readonly uid: string;
}

/** `namespace/name`, as kubectl and every message of holdfast write it. */
export function nameOf(ref: ServiceRef): string {
  return `${ref.namespace}/${ref.name}`;
}
