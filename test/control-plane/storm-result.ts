import type { KubeVersion, MetallbVersion } from './versions.ts';

/** What a storm did, as the observer saw it. Counts are Services, unless said otherwise. */
export type StormResult = {
  readonly storm: 'restart' | 'two controllers';
  readonly metallb: MetallbVersion;
  readonly kube: KubeVersion;
  /** Had an IP before the storm. */
  readonly assigned: number;
  /** Had none. */
  readonly extra: number;
  /** Lost an IP they had, at least once. */
  readonly moved: number;
  /** IPs that had two owners at some instant. */
  readonly doubledEver: number;
  /** IPs that have two owners at the end. */
  readonly doubledFinal: number;
  readonly pendingEnd: number;
  /** From the start of the storm's controllers until a pending Service last got an IP; undefined when none did. */
  readonly msToLastIp: number | undefined;
  /** Changes of Services, all in all and in the last 10 s. */
  readonly events: number;
  readonly eventsLast10s: number;
  /** Status writes of MetalLB that failed, counted in its log. */
  readonly metallbRefusedWrites: number;
  readonly refusedLast10s: number;
  /** False: the deadline came first. */
  readonly quiet: boolean;
  readonly followedMs: number;
};
