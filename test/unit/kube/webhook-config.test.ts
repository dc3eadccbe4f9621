import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IP_SET_CHANGES } from '../../../src/kube/match-conditions.ts';
import { type RegistrationSpec, type Webhook, webhookConfigurations } from '../../../src/kube/webhook-config.ts';

const SPEC: RegistrationSpec = {
  endpoint: { kind: 'url', url: 'https://127.0.0.1:8443' },
  caBundle: 'PEM',
  mode: 'enforce',
  pinAtCreate: true,
  metallbUsers: ['system:serviceaccount:metallb-system:controller'],
  lbClasses: [],
};

function webhook(more: Partial<RegistrationSpec> = {}): Webhook {
  const [configuration] = webhookConfigurations({ ...SPEC, ...more });
  const [first] = configuration?.webhooks ?? [];
  assert.ok(first);
  return first;
}

test('status writes of Services are validated, and nothing else', () => {
  const [configuration, ...others] = webhookConfigurations(SPEC);
  assert.equal(others.length, 0);
  assert.deepEqual(configuration, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'holdfast', labels: { 'app.kubernetes.io/managed-by': 'holdfast' } },
    webhooks: [
      {
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
      },
    ],
  });
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
