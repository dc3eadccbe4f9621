import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  HAS_PIN,
  IP_SET_CHANGES,
  isLoadBalancerOf,
  pinHasToFollow,
  writtenBy,
} from '../../../src/kube/match-conditions.ts';
import {
  type RegistrationSpec,
  type Webhook,
  type WebhookConfiguration,
  webhookConfigurations,
} from '../../../src/kube/webhook-config.ts';

const SPEC: RegistrationSpec = {
  endpoint: { kind: 'url', url: 'https://127.0.0.1:8443' },
  caBundle: 'PEM',
  mode: 'enforce',
  metallbNamespace: 'metallb-system',
  pinAtCreate: true,
  metallbUsers: ['system:serviceaccount:metallb-system:controller'],
  lbClasses: [],
};

/** The webhook that has the last word. */
function webhook(more: Partial<RegistrationSpec> = {}): Webhook {
  const found = configurationOf('ValidatingWebhookConfiguration', more)?.webhooks[0];
  assert.ok(found);
  return found;
}

function configurationOf(
  kind: WebhookConfiguration['kind'],
  more: Partial<RegistrationSpec>,
): WebhookConfiguration | undefined {
  return webhookConfigurations({ ...SPEC, ...more }).find((made) => made.kind === kind);
}

function mutating(more: Partial<RegistrationSpec> = {}): readonly Webhook[] {
  return configurationOf('MutatingWebhookConfiguration', { mode: 'repair', ...more })?.webhooks ?? [];
}

test('status writes of Services are validated, by everybody and in every namespace', () => {
  assert.deepEqual(webhook(), {
    name: 'status.services.holdfast.dev',
    clientConfig: { caBundle: 'UEVN', url: 'https://127.0.0.1:8443/validate' },
    rules: [
      {
        operations: ['UPDATE'],
        apiGroups: [''],
        apiVersions: ['v1'],
        resources: ['services/status'],
        scope: 'Namespaced',
      },
    ],
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    namespaceSelector: {},
    objectSelector: {},
    sideEffects: 'NoneOnDryRun',
    timeoutSeconds: 5,
    admissionReviewVersions: ['v1'],
    matchConditions: [IP_SET_CHANGES],
  });
});

test('enforcing takes one configuration: status and pools fail closed, advice fails open', () => {
  const made = webhookConfigurations(SPEC);
  assert.deepEqual(
    made.map(({ kind, metadata }) => [kind, metadata.name, metadata.labels]),
    [['ValidatingWebhookConfiguration', 'holdfast', { 'app.kubernetes.io/managed-by': 'holdfast' }]],
  );
  assert.deepEqual(
    made[0]?.webhooks.map(({ name, failurePolicy, rules }) => [
      name,
      failurePolicy,
      rules[0]?.operations,
      rules[0]?.resources,
    ]),
    [
      ['status.services.holdfast.dev', 'Fail', ['UPDATE'], ['services/status']],
      ['pools.holdfast.dev', 'Fail', ['UPDATE', 'DELETE'], ['ipaddresspools']],
      ['requests.services.holdfast.dev', 'Ignore', ['CREATE', 'UPDATE'], ['services']],
      ['namespaces.holdfast.dev', 'Ignore', ['UPDATE'], ['namespaces']],
      ['glass.pools.holdfast.dev', 'Ignore', ['UPDATE'], ['ipaddresspools']],
    ],
  );
});

test('auditing fails open, refusing and repairing fail closed', () => {
  assert.equal(webhook({ mode: 'audit' }).failurePolicy, 'Ignore');
  assert.equal(webhook({ mode: 'enforce' }).failurePolicy, 'Fail');
  assert.equal(webhook({ mode: 'repair' }).failurePolicy, 'Fail');
});

test('a Service in the cluster is named with port and path', () => {
  const endpoint = { kind: 'service', namespace: 'holdfast-system', name: 'holdfast', port: 443 } as const;
  assert.deepEqual(webhook({ endpoint }).clientConfig, {
    caBundle: 'UEVN',
    service: { namespace: 'holdfast-system', name: 'holdfast', port: 443, path: '/validate' },
  });
});

test('a trailing slash of the URL is not doubled', () => {
  const endpoint = { kind: 'url', url: 'https://lb.example:443/holdfast/' } as const;
  assert.deepEqual(webhook({ endpoint }).clientConfig, {
    caBundle: 'UEVN',
    url: 'https://lb.example:443/holdfast/validate',
  });
});

test('one namespace can be left alone', () => {
  assert.deepEqual(webhook({ exemptNamespace: 'holdfast-system' }).namespaceSelector, {
    matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['holdfast-system'] }],
  });
});

test('the match condition compares IPs both ways, and gives up comparing very long lists', () => {
  const news = "object.?status.?loadBalancer.?ingress.orValue([]).map(i, i.?ip.orValue('')).filter(ip, ip != '')";
  const olds = `oldO${news.slice(1)}`;
  assert.equal(
    IP_SET_CHANGES.expression,
    'size(object.?status.?loadBalancer.?ingress.orValue([])) > 16 || ' +
      'size(oldObject.?status.?loadBalancer.?ingress.orValue([])) > 16 || ' +
      `!${news}.all(ip, ip in ${olds}) || !${olds}.all(ip, ip in ${news})`,
  );
});

test('only repair has mutating webhooks, and they are written before the validating one', () => {
  const kinds = (mode: RegistrationSpec['mode']) => webhookConfigurations({ ...SPEC, mode }).map(({ kind }) => kind);
  assert.deepEqual(kinds('audit'), ['ValidatingWebhookConfiguration']);
  assert.deepEqual(kinds('enforce'), ['ValidatingWebhookConfiguration']);
  assert.deepEqual(kinds('repair'), ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']);
});

test('the validating webhook is the same in repair as in enforce: the last word does not depend on the first', () => {
  assert.deepEqual(webhook({ mode: 'repair' }), webhook({ mode: 'enforce' }));
});

test('the repair is asked for status writes of MetalLB that change the IPs, and fails closed', () => {
  const [repair] = mutating();
  assert.deepEqual(repair, {
    ...webhook(),
    name: 'repair.services.holdfast.dev',
    clientConfig: { caBundle: 'UEVN', url: 'https://127.0.0.1:8443/mutate' },
    matchConditions: [
      {
        name: 'written-by-metallb',
        expression: 'request.userInfo.username in ["system:serviceaccount:metallb-system:controller"]',
      },
      IP_SET_CHANGES,
    ],
    reinvocationPolicy: 'Never',
  });
});

test('the pin is asked for at CREATE of LoadBalancer Services, and fails open', () => {
  const [, pin] = mutating();
  assert.deepEqual(pin, {
    ...webhook(),
    name: 'pin.services.holdfast.dev',
    clientConfig: { caBundle: 'UEVN', url: 'https://127.0.0.1:8443/mutate' },
    rules: [
      { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['services'], scope: 'Namespaced' },
    ],
    failurePolicy: 'Ignore',
    matchConditions: [
      {
        name: 'is-guarded-load-balancer',
        expression:
          "object.spec.?type.orValue('') == 'LoadBalancer' && object.spec.?loadBalancerClass.orValue('') in [\"\"]",
      },
    ],
    reinvocationPolicy: 'Never',
  });
});

test('without pinning at CREATE only Services that bring a pin along are looked at there', () => {
  const [, create] = mutating({ pinAtCreate: false });
  assert.equal(create?.name, 'pin.services.holdfast.dev');
  assert.deepEqual(create?.matchConditions, [isLoadBalancerOf([]), HAS_PIN]);
});

test('edits are looked at only where a pin can stand in the way, or a Service becomes a LoadBalancer, and fail open', () => {
  const [, , edits, ...others] = mutating();
  assert.deepEqual(others, []);
  assert.partialDeepStrictEqual(edits, {
    name: 'unpin.services.holdfast.dev',
    clientConfig: { url: 'https://127.0.0.1:8443/mutate' },
    rules: [{ operations: ['UPDATE'], resources: ['services'] }],
    failurePolicy: 'Ignore',
    matchConditions: [pinHasToFollow({ pinAtCreate: true, classes: [] })],
  });
});

test('an exempt namespace is left alone by every webhook', () => {
  const more = { exemptNamespace: 'holdfast-system' };
  const selectors = [webhook(more), ...mutating(more)].map(({ namespaceSelector }) =>
    JSON.stringify(namespaceSelector),
  );
  assert.equal(selectors.length, 4);
  for (const selector of selectors) assert.match(selector, /"NotIn","values":\["holdfast-system"\]/);
});

const lists: readonly { readonly name: string; readonly expression: string; readonly expected: string }[] = [
  {
    name: 'no user at all matches nobody',
    expression: writtenBy([]).expression,
    expected: 'request.userInfo.username in []',
  },
  {
    name: 'several users',
    expression: writtenBy(['a:b', 'c']).expression,
    expected: 'request.userInfo.username in ["a:b", "c"]',
  },
  {
    name: 'a name with a quote and a backslash cannot leave its literal',
    expression: writtenBy(['x" || true || "\\']).expression,
    expected: 'request.userInfo.username in ["x\\" || true || \\"\\\\"]',
  },
  {
    name: 'the guarded classes come besides "unset"',
    expression: isLoadBalancerOf(['example.com/metallb', 'b']).expression,
    expected:
      "object.spec.?type.orValue('') == 'LoadBalancer' && " +
      'object.spec.?loadBalancerClass.orValue(\'\') in ["", "example.com/metallb", "b"]',
  },
];

for (const { name, expression, expected } of lists) {
  test(`CEL: ${name}`, () => assert.equal(expression, expected));
}
