/**
 * What holdfast does with a write that breaks a rule. `audit`: says so and allows it. `enforce`: refuses it. `repair`:
 * makes MetalLB's writes legal, and refuses those of others.
 */
export type ServiceMode = 'audit' | 'enforce' | 'repair';
