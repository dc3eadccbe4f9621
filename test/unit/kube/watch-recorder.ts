import type { TestContext } from 'node:test';
import { stringAt } from '../../../src/kube/json.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';
import { superviseWatch } from '../../../src/kube/watch.ts';
import type {
  ListedAt,
  ObjectId,
  SupervisedWatch,
  WatchOptions,
  WatchSink,
  WatchState,
} from '../../../src/kube/watch-types.ts';

/** All we keep of a Service here. */
export interface Item {
  readonly name: string;
  readonly note: string;
}

/** A sink that keeps what is there now, and what it was told, and lets a test wait for either. */
export class Recorder implements WatchSink<Item> {
  readonly present = new Map<string, Item>();
  readonly calls: string[] = [];
  readonly states: WatchState[] = [];
  readonly lists: { readonly names: readonly string[]; readonly at: ListedAt }[] = [];
  readonly #waiting = new Set<() => void>();

  replaced(items: readonly Item[], at: ListedAt): void {
    this.present.clear();
    for (const item of items) this.present.set(item.name, item);
    this.lists.push({ names: items.map(({ name }) => name), at });
    this.#note('replaced');
  }

  upserted(item: Item): void {
    this.present.set(item.name, item);
    this.#note(`upserted ${item.name}`);
  }

  deleted(id: ObjectId): void {
    this.present.delete(id.name);
    this.#note(`deleted ${id.name}`);
  }

  state(state: WatchState): void {
    this.states.push(state);
    this.#note(`state ${state.kind}`);
  }

  get names(): readonly string[] {
    return [...this.present.keys()].sort();
  }

  /** Resolves as soon as the condition holds after some call; a test that waits in vain is ended by its timeout. */
  async until(holds: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }

  async untilState(kind: WatchState['kind'], times = 1): Promise<void> {
    await this.until(() => this.states.filter((state) => state.kind === kind).length >= times);
  }

  #note(call: string): void {
    this.calls.push(call);
    for (const check of this.#waiting) check();
  }
}

/** As in production, but with waits that a test can afford. */
export const FAST = {
  backoffMs: 4,
  backoffMaxMs: 16,
  healthyMs: 0,
  absentPollMs: [4, 8],
  openTimeoutMs: 2_000,
} as const;

export interface Watching {
  readonly recorder: Recorder;
  readonly watch: SupervisedWatch;
}

export type WatchSetup = Partial<WatchOptions<Item>>;

/** Watches Services of this client until the test ends. */
export function watchServices(t: TestContext, client: KubeClient, setup: WatchSetup = {}): Watching {
  const recorder = new Recorder();
  const watch = superviseWatch<Item>({
    client,
    path: '/api/v1/services',
    label: 'services',
    project: toItem,
    sink: recorder,
    ...setup,
    timing: { ...FAST, ...setup.timing },
  });
  t.after(() => watch.stop());
  return { recorder, watch };
}

export function toItem(raw: unknown): Item {
  return {
    name: stringAt(raw, 'metadata', 'name') ?? '',
    note: stringAt(raw, 'metadata', 'annotations', 'note') ?? '',
  };
}
