import { explainBadIp } from '../net/ip.ts';
import { nameOf } from '../service-ref.ts';
import type { Rule } from './rule.ts';

/**
 * A text that programs read differently hides a duplicate: the API server stores `192.0.02.7`, kube-proxy reads it as
 * 192.0.2.7, and MetalLB (Go net.ParseIP) not at all. Texts that are already in the status are left alone.
 */
export const noMalformedIp: Rule = ({ was }, { newlyMalformed }) =>
  newlyMalformed.map((text) => ({
    reason: 'MalformedIp' as const,
    ip: undefined,
    holder: undefined,
    message:
      `"${text}" in the status of Service ${nameOf(was.ref)} is refused: ${explainBadIp(text)}. ` +
      'Write the IP in plain form, for example 192.0.2.7 or 2001:db8::7.',
  }));
