import { parseManifests } from '../control-plane/apply-yaml.ts';
import type { Manifest } from '../control-plane/kube-types.ts';
import { render } from './helm.ts';

/** A container as the chart writes it. */
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly resources: unknown;
  readonly securityContext: unknown;
  readonly livenessProbe: unknown;
  readonly readinessProbe: unknown;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly: boolean }[];
}

/** The parts of a Pod's spec that tests look at. */
export interface PodSpec {
  readonly serviceAccountName: string;
  readonly priorityClassName?: string;
  readonly hostNetwork?: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: unknown;
  readonly containers: readonly [Container];
  readonly volumes?: readonly { readonly name: string; readonly secret: { readonly secretName: string } }[];
  readonly topologySpreadConstraints?: readonly { readonly topologyKey: string; readonly whenUnsatisfiable: string }[];
  readonly affinity?: unknown;
  readonly nodeSelector?: unknown;
  readonly tolerations?: unknown;
}

/** What helm makes of the chart with some values. */
export class Rendered {
  readonly objects: readonly Manifest[];

  constructor(yaml: string) {
    this.objects = parseManifests(yaml);
  }

  static async with(...values: readonly string[]): Promise<Rendered> {
    return new Rendered(await render(...values.flatMap((value) => ['--set', value])));
  }

  /** The object of this kind that is called holdfast, or `name`. */
  find(kind: string, name = 'holdfast'): Manifest | undefined {
    return this.objects.find((object) => object.kind === kind && object.metadata.name === name);
  }

  /** @throws Error when there is none */
  spec<T>(kind: string, name?: string): T {
    const object = this.find(kind, name);
    if (object === undefined) throw new Error(`the chart renders no ${kind}`);
    return object.spec as T;
  }

  /** Of the Deployment, or of the Job that runs before an uninstall. */
  pod(kind: 'Deployment' | 'Job' = 'Deployment'): PodSpec {
    const name = kind === 'Job' ? 'holdfast-unregister' : 'holdfast';
    return this.spec<{ readonly template: { readonly spec: PodSpec } }>(kind, name).template.spec;
  }

  /** The flags of `serve`. */
  args(): readonly string[] {
    return this.pod().containers[0].args;
  }
}
