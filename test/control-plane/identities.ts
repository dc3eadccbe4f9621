export type Identity = 'admin' | 'metallb' | 'holdfast' | 'human';

type User = { readonly token: string; readonly name: string; readonly uid: string; readonly groups: readonly string[] };

/** Who talks to the API server in tests. Tokens are no secret: the server listens on loopback, for one test. */
export const users: Readonly<Record<Identity, User>> = {
  admin: { token: 'admin-token', name: 'admin', uid: 'admin', groups: ['system:masters'] },
  metallb: serviceAccount('metallb-token', 'metallb-system', 'controller'),
  holdfast: serviceAccount('holdfast-token', 'holdfast-system', 'holdfast'),
  /** May do everything through RBAC, but is no `system:masters`. */
  human: { token: 'human-token', name: 'alice', uid: 'alice', groups: ['operators'] },
};

/** The content of `--token-auth-file`. */
export function tokenFile(): string {
  const rows = Object.values(users).map((user) => `${user.token},${user.name},${user.uid},"${user.groups.join(',')}"`);
  return `${rows.join('\n')}\n`;
}

function serviceAccount(token: string, namespace: string, name: string): User {
  return {
    token,
    name: `system:serviceaccount:${namespace}:${name}`,
    uid: `${namespace}-${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}
