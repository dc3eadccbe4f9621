import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseArguments } from '../../src/cli/arguments.ts';
import { CHART, helm, render } from './helm.ts';
import { copies, fileOf, manifests, read } from './manifests.ts';
import { type PodSpec, Rendered } from './rendered.ts';

const OPTIONAL = ['NetworkPolicy', 'ServiceMonitor', 'PrometheusRule', 'ConfigMap', 'ValidatingAdmissionPolicy'];

/** One value of the chart, and where it shows. */
interface Switch {
  readonly set: readonly string[];
  readonly shows: string;
  readonly by: (rendered: Rendered) => unknown;
  readonly is: unknown;
}

const arg = (flag: string) => (rendered: Rendered) =>
  rendered
    .args()
    .filter((one) => one.startsWith(`--${flag}=`))
    .map((one) => one.slice(flag.length + 3));
const pod = (pick: (spec: PodSpec) => unknown) => (rendered: Rendered) => pick(rendered.pod());

const SWITCHES: readonly Switch[] = [
  { set: ['mode=audit'], shows: '--mode', by: arg('mode'), is: ['audit'] },
  { set: ['pin=never'], shows: '--pin', by: arg('pin'), is: ['never'] },
  { set: ['requestConflict=deny'], shows: '--request-conflict', by: arg('request-conflict'), is: ['deny'] },
  { set: ['metallb.namespace=lb'], shows: '--metallb-namespace', by: arg('metallb-namespace'), is: ['lb'] },
  {
    set: ['metallb.namespace=lb'],
    shows: 'its role there',
    by: (r) => r.objects.filter(inNamespace('lb')).length,
    is: 2,
  },
  { set: ['metallb.users={a,b}'], shows: '--metallb-user', by: arg('metallb-user'), is: ['a', 'b'] },
  { set: ['lbClasses={x.io/y}'], shows: '--lb-class', by: arg('lb-class'), is: ['x.io/y'] },
  { set: ['stickyFor=2h'], shows: '--sticky-for', by: arg('sticky-for'), is: ['2h'] },
  { set: ['claimGrace=3m'], shows: '--claim-grace', by: arg('claim-grace'), is: ['3m'] },
  { set: ['logLevel=debug'], shows: '--log-level', by: arg('log-level'), is: ['debug'] },
  { set: ['extraArgs={--pool-exclusion=release}'], shows: 'itself', by: arg('pool-exclusion'), is: ['release'] },
  { set: ['certificate.lifetime=24h'], shows: '--cert-lifetime', by: arg('cert-lifetime'), is: ['24h'] },
  { set: ['certificate.caLifetime=240h'], shows: '--ca-lifetime', by: arg('ca-lifetime'), is: ['240h'] },
  { set: ['drainDelay=1m', 'shutdownDrain=90s'], shows: 'time to end', by: pod(grace), is: 160 },
  { set: ['drainDelay=500ms', 'shutdownDrain=1m30s'], shows: 'time to end', by: pod(grace), is: 101 },
  { set: ['replicas=3'], shows: 'replicas', by: (r) => r.spec<{ replicas: number }>('Deployment').replicas, is: 3 },
  { set: ['replicas=1'], shows: 'no budget', by: (r) => r.find('PodDisruptionBudget'), is: undefined },
  { set: ['podDisruptionBudget.minAvailable=50%'], shows: 'the budget', by: budget, is: '50%' },
  { set: ['image.repository=r.example/h', 'image.tag=t'], shows: 'the image', by: pod(image), is: 'r.example/h:t' },
  { set: ['priorityClassName=mine'], shows: 'priority', by: pod((spec) => spec.priorityClassName), is: 'mine' },
  { set: ['priorityClassName='], shows: 'no priority', by: pod((spec) => spec.priorityClassName), is: undefined },
  { set: ['resources.limits.memory=1Gi'], shows: 'resources', by: pod(limit), is: '1Gi' },
  { set: ['hostNetwork=true'], shows: 'host network', by: pod((spec) => spec.hostNetwork), is: true },
  { set: ['hostNetwork=true'], shows: 'no surge', by: surge, is: { maxSurge: 0, maxUnavailable: 1 } },
  {
    set: ['nodeSelector.a=b'],
    shows: 'nodes of both Pods',
    by: both((spec) => spec.nodeSelector),
    is: [{ a: 'b' }, { a: 'b' }],
  },
  {
    set: ['tolerations[0].key=a'],
    shows: 'tolerations of both',
    by: both((spec) => spec.tolerations),
    is: [[{ key: 'a' }], [{ key: 'a' }]],
  },
  { set: ['podAnnotations.a=b'], shows: 'annotations', by: annotations, is: { a: 'b' } },
  { set: ['ports.admission=9443'], shows: '--listen', by: arg('listen'), is: ['0.0.0.0:9443'] },
  { set: ['ports.ops=9080'], shows: '--ops-listen', by: arg('ops-listen'), is: ['0.0.0.0:9080'] },
  {
    set: ['affinity.nodeAffinity.x=y'],
    shows: 'affinity',
    by: pod((spec) => spec.affinity),
    is: { nodeAffinity: { x: 'y' } },
  },
  {
    set: ['unregisterOnUninstall=false'],
    shows: 'no Job',
    by: (r) => r.find('Job', 'holdfast-unregister'),
    is: undefined,
  },
];

function both(pick: (spec: PodSpec) => unknown) {
  return (rendered: Rendered) => [pick(rendered.pod()), pick(rendered.pod('Job'))];
}

function surge(rendered: Rendered) {
  return rendered.spec<{ strategy: { rollingUpdate: unknown } }>('Deployment').strategy.rollingUpdate;
}

function annotations(rendered: Rendered) {
  const { template } = rendered.spec<{ template: { metadata: { annotations?: unknown } } }>('Deployment');
  return template.metadata.annotations;
}

function inNamespace(name: string) {
  return ({ metadata }: { metadata: { namespace?: string } }) => metadata.namespace === name;
}

function grace({ terminationGracePeriodSeconds }: PodSpec) {
  return terminationGracePeriodSeconds;
}

function image({ containers: [container] }: PodSpec) {
  return container.image;
}

function limit({ containers: [container] }: PodSpec) {
  return (container.resources as { limits: { memory: string } }).limits.memory;
}

function budget(rendered: Rendered) {
  return rendered.spec<{ minAvailable: unknown }>('PodDisruptionBudget').minAvailable;
}

let rendered: Promise<Rendered> | undefined;
/** What the chart renders without any value. */
function defaults(): Promise<Rendered> {
  rendered ??= Rendered.with();
  return rendered;
}

describe('the chart', () => {
  test('what is made from other files is up to date: else run "npm run chart:copies" and "npm run manifests"', async () => {
    for (const file of [...copies(), ...(await manifests())]) assert.equal(read(file.path), file.text, fileOf(file));
  });

  test('has the version of package.json', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string };
    const chart = parse(read('deploy/chart/holdfast/Chart.yaml')) as { version: string; appVersion: string };
    assert.deepEqual([chart.version, chart.appVersion], [version, version]);
  });

  test('a value that does not exist or makes no sense is refused, with its name', async () => {
    const cases = [
      ['mode=sometimes', /mode/],
      ['modus=audit', /modus/],
      ['replicas=0', /replicas/],
      ['stickyFor=soon', /stickyFor/],
      ['certificate.injectCaFrom=nowhere', /injectCaFrom/],
      ['extraArgs={mode}', /extraArgs/],
    ] as const;
    for (const [flag, names] of cases) await assert.rejects(render('--set', flag), names);
  });

  test('every value stands in values.yaml with a comment, and in its schema', () => {
    const text = read('deploy/chart/holdfast/values.yaml');
    const values = Object.keys(parse(text) as object);
    const schema = JSON.parse(read('deploy/chart/holdfast/values.schema.json')) as { properties: object };
    assert.deepEqual(
      values.sort(),
      Object.keys(schema.properties)
        .filter((key) => key !== 'global')
        .sort(),
    );
    const lonely = values.filter((key) => !new RegExp(`(^|\n)(#.*|[^\n]*:)\n${key}:|\n${key}:\n  #`).test(text));
    assert.deepEqual(lonely, []);
  });

  for (const { set, shows, by, is } of SWITCHES) {
    test(`${set.join(', ')}: ${shows}`, async () => {
      assert.notDeepEqual(by(await defaults()), is, 'without it there is something else');
      assert.deepEqual(by(await Rendered.with(...set)), is);
    });
  }

  test('the flags it gives are flags that holdfast knows', async () => {
    const every = ['lbClasses={x.io/y}', 'metallb.users={a}', 'clientCa.existingSecret=a', 'clientCa.names={b}'];
    for (const values of [every, [...every, 'certificate.existingSecret=mine'], [...every, ...INJECTED]]) {
      const parsed = parseArguments((await Rendered.with(...values)).args(), '0.0.0');
      assert.equal(parsed.kind, 'serve', JSON.stringify(parsed));
    }
  });

  test('every optional part off by default; all on, it passes the strict lint of helm', async () => {
    const rendered = await defaults();
    assert.deepEqual(
      OPTIONAL.filter((kind) => rendered.objects.some((object) => object.kind === kind)),
      [],
    );
    const flags = ['networkPolicy', 'serviceMonitor', 'prometheusRule', 'dashboard', 'floor'].map(
      (name) => `${name}.enabled=true`,
    );
    const all = await Rendered.with(...flags);
    for (const kind of OPTIONAL)
      assert.ok(
        all.objects.some((object) => object.kind === kind),
        kind,
      );
    await helm(['lint', CHART, '--strict', ...flags.flatMap((flag) => ['--set', flag])]);
  });

  test('the NetworkPolicy: anybody reaches the admission port, only those named the operations port', async () => {
    const from = 'networkPolicy.opsFrom[0].namespaceSelector.matchLabels.team';
    const policy = await Rendered.with('networkPolicy.enabled=true', `${from}=monitoring`);
    const { ingress } = policy.spec<{ ingress: readonly unknown[] }>('NetworkPolicy');
    const monitoring = { namespaceSelector: { matchLabels: { team: 'monitoring' } } };
    assert.deepEqual(ingress, [{ ports: [{ port: 'admission' }] }, { from: [monitoring], ports: [{ port: 'ops' }] }]);
  });

  test('the ServiceMonitor reads the port of the Service that has the metrics', async () => {
    const rendered = await Rendered.with('serviceMonitor.enabled=true', 'serviceMonitor.labels.release=prom');
    assert.equal(rendered.find('ServiceMonitor')?.metadata.labels?.release, 'prom');
    const { endpoints } = rendered.spec<{ endpoints: readonly { port: string; path: string }[] }>('ServiceMonitor');
    const { ports } = rendered.spec<{ ports: readonly { name: string; targetPort: string }[] }>('Service');
    assert.deepEqual(endpoints, [{ port: 'ops', path: '/metrics' }]);
    assert.ok(ports.some(({ name, targetPort }) => name === 'ops' && targetPort === 'ops'));
  });

  test('the alerts and the dashboard are those of deploy/monitoring', async () => {
    const rendered = await Rendered.with('prometheusRule.enabled=true', 'dashboard.enabled=true');
    assert.deepEqual(rendered.spec('PrometheusRule'), parse(read('deploy/monitoring/alerts.yaml')));
    const { data } = rendered.find('ConfigMap', 'holdfast-dashboard') as unknown as { data: Record<string, string> };
    assert.equal(data['holdfast.json'], read('deploy/monitoring/dashboard.json'));
  });

  test('probes: /healthz says whether to start again, /readyz whether to send calls', async () => {
    const [{ livenessProbe, readinessProbe }] = (await defaults()).pod().containers;
    const path = (probe: unknown) => (probe as { httpGet: { path: string; port: string } }).httpGet;
    assert.deepEqual(
      [path(livenessProbe), path(readinessProbe)],
      [
        { path: '/healthz', port: 'ops' },
        { path: '/readyz', port: 'ops' },
      ],
    );
  });

  test('replicas keep apart, by node and by zone, but run all the same where that is impossible', async () => {
    const { topologySpreadConstraints = [] } = (await defaults()).pod();
    assert.deepEqual(
      topologySpreadConstraints.map(({ topologyKey, whenUnsatisfiable }) => [topologyKey, whenUnsatisfiable]),
      [
        ['kubernetes.io/hostname', 'ScheduleAnyway'],
        ['topology.kubernetes.io/zone', 'ScheduleAnyway'],
      ],
    );
  });

  test('a certificate of its own: mounted, served, its CA registered, and no right to any Secret', async () => {
    const rendered = await Rendered.with('certificate.existingSecret=mine');
    assert.deepEqual(arg('tls-ca')(rendered), ['/tls/ca.crt']);
    assert.deepEqual(rendered.pod().volumes, [{ name: 'tls', secret: { secretName: 'mine' } }]);
    assert.deepEqual(rendered.pod().containers[0].volumeMounts, [{ name: 'tls', mountPath: '/tls', readOnly: true }]);
    const rules = rendered.objects.flatMap(({ rules = [] }) => rules as readonly { resources: readonly string[] }[]);
    assert.ok(rules.every(({ resources }) => !resources.includes('secrets')));
    const injected = await Rendered.with(...INJECTED);
    assert.deepEqual([arg('tls-ca')(injected), arg('inject-ca-from')(injected)], [[], ['holdfast-system/serving']]);
  });
});

const INJECTED = ['certificate.existingSecret=mine', 'certificate.injectCaFrom=holdfast-system/serving'];
