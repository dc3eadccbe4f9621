import { ClusterState } from '../../src/app/cluster-state.ts';
import { Readiness } from '../../src/app/readiness.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { followClaims } from '../../src/kube/follow-claims.ts';
import { followCluster } from '../../src/kube/follow-cluster.ts';
import type { KubeClient } from '../../src/kube/kube-client.ts';
import { IP_CLAIMS } from '../../src/kube/paths.ts';
import { parseWatchEvent } from '../../src/kube/watch-events.ts';
import type { JsonObject } from '../../src/review/json.ts';
import type { Random } from '../parity/random.ts';
import type { Corpus } from './corpus.ts';
import type { Fuzzed } from './fuzz-reviews.ts';
import { mutateBytes, mutateJson } from './mutate.ts';

const POOLS = '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools';
const TERMS = { graceMs: 120_000, stickyMs: 3_600_000 };

/** One kind of object: where it is watched, and examples. */
interface Kind {
  readonly path: string;
  readonly examples: readonly JsonObject[];
}

/** Sends mutated watch events through the supervised watches into the caches, as bytes cut anywhere. */
export async function eventFuzzer(corpus: Corpus, random: Random) {
  const kinds: readonly Kind[] = [
    { path: '/api/v1/services', examples: corpus.services },
    { path: POOLS, examples: corpus.pools },
    { path: '/api/v1/namespaces', examples: corpus.namespaces },
    { path: IP_CLAIMS, examples: corpus.claims },
  ];
  const counts = new Map<string, number>();
  const wrong: string[] = [];
  const note = (what: string): void => {
    if (wrong.length < 10) wrong.push(what);
  };
  const pipes = new Map(kinds.map(({ path }) => [path, new Pipe()]));
  const watches = follow(pipes, note);
  await Promise.all([...pipes.values()].map((pipe) => pipe.opened));

  const one = async (): Promise<void> => {
    const { path, examples } = random.pick(kinds);
    const example = random.pick(examples);
    const event = { type: random.pick(['ADDED', 'MODIFIED', 'DELETED'] as const), object: example };
    const line = random.chance(20)
      ? mutateBytes(Buffer.from(JSON.stringify(event)), random)
          .toString('utf8')
          .replaceAll('\n', ' ')
      : JSON.stringify(mutateJson(event, random));
    const verdict = readable(line, path, note);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    // A line that is no event ends a watch by design; the next one would wait.
    if (verdict === 'taken') await pipes.get(path)?.write(Buffer.from(`${line}\n`), random);
  };
  const result = async (inputs: number): Promise<Fuzzed> => {
    for (const pipe of pipes.values()) pipe.end();
    const errors = watches.reduce((sum, watch) => sum + watch.status().handlerErrors, 0);
    await Promise.all(watches.map((watch) => watch.stop()));
    if (errors > 0) note(`${errors} events made a handler throw`);
    return { inputs, counts, wrong };
  };
  return { one, result };
}

function readable(line: string, path: string, note: (what: string) => void): 'taken' | 'no event' {
  try {
    parseWatchEvent(line, { method: 'GET', server: 'fuzz', path });
    return 'taken';
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isKubeError(error))
      note(`${String(error)}\n  line: ${line.slice(0, 2_000)}`);
    return 'no event';
  }
}

function follow(pipes: ReadonlyMap<string, Pipe>, note: (what: string) => void) {
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const state = new ClusterState(TERMS, clock);
  const nobody = () => Promise.reject(new Error('nobody asks'));
  // Without a cast: a client that lacks what the watches call would leave this waiting for ever.
  const client: KubeClient = {
    server: 'fuzz',
    async *list() {
      yield { items: [], resourceVersion: '1' };
    },
    async *listTaking() {
      yield { items: [], resourceVersion: '1' };
    },
    stream: async (path: string) => pipes.get(path)?.chunks() ?? new Pipe().chunks(),
    get: nobody,
    create: nobody,
    replace: nobody,
    patch: nobody,
    delete: nobody,
    close: () => {},
  };
  const onHandlerError = (error: unknown, where: string): void => note(`${where}: ${String(error)}`);
  const onState = (): void => {};
  const cluster = followCluster({
    client,
    state,
    readiness: new Readiness([]),
    metallbNamespace: 'metallb-system',
    onState,
    onHandlerError,
  });
  const sink = {
    replaceClaims: () => {},
    putClaim: state.book.put.bind(state.book),
    dropClaim: () => {},
    absent: () => {},
  };
  return [...cluster, followClaims({ client, sink, onState, onHandlerError, onDamaged: () => {} })];
}

/** Bytes from the writer to the one reader, in pieces; the writer waits until they are read. */
class Pipe {
  readonly opened: Promise<void>;
  #open: () => void = () => {};
  #waiting: ((chunk: Buffer | undefined) => void) | undefined;
  readonly #queue: (Buffer | undefined)[] = [];

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  async *chunks(): AsyncGenerator<Buffer> {
    this.#open();
    for (;;) {
      const chunk = this.#queue.length > 0 ? this.#queue.shift() : await this.#next();
      if (chunk === undefined) return;
      yield chunk;
    }
  }

  async write(bytes: Buffer, random: Random): Promise<void> {
    const at = random.below(bytes.length);
    this.#push(bytes.subarray(0, at));
    this.#push(bytes.subarray(at));
    await new Promise(setImmediate);
  }

  end(): void {
    this.#push(undefined);
  }

  #next(): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  #push(chunk: Buffer | undefined): void {
    const reader = this.#waiting;
    this.#waiting = undefined;
    if (reader === undefined) this.#queue.push(chunk);
    else reader(chunk);
  }
}
