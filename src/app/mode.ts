/** What holdfast does with a write that breaks a rule. `audit`: says so and allows it. `enforce`: refuses it. */
export type ServiceMode = 'audit' | 'enforce';
