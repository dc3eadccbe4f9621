import { isDeepStrictEqual } from 'node:util';
import type { Finding } from './finding.ts';
import { type Installation, modeOf, type SeenController, type SeenHook } from './installation.ts';

const MS_PER_DAY = 86_400_000;

/** What is wrong with the registration, the certificate and MetalLB itself. @param now epoch ms */
export function installation(seen: Installation, now: number): readonly Finding[] {
  return [...registration(seen), ...certificate(seen, now), ...metallb(seen.controllers)];
}

function registration({ registrations, expected, unread }: Installation): readonly Finding[] {
  const foreign = registrations.filter(({ ours }) => !ours);
  const others = foreign.map(
    ({ kind, name }): Finding => ({
      code: 'HookBroken',
      object: kind,
      message: `${name} is managed by something else`,
    }),
  );
  const mode = modeOf(registrations);
  if (mode === undefined) {
    if (others.length > 0 || unread.some(({ what }) => what === 'webhook configurations')) return others;
    return [{ code: 'NotRegistered', object: '', message: 'nothing is asked about writes to Services or pools' }];
  }
  const hooks = registrations.filter(({ ours }) => ours).flatMap((one) => one.hooks);
  const audit: readonly Finding[] = mode === 'audit' ? [{ code: 'FailsOpen', object: '', message: 'mode audit' }] : [];
  return [...others, ...expected.flatMap((wanted) => broken(wanted, hooks)), ...audit];
}

function broken(wanted: SeenHook, hooks: readonly SeenHook[]): readonly Finding[] {
  const hook = hooks.find(({ name }) => name === wanted.name);
  const about = { code: 'HookBroken', object: wanted.name } as const;
  if (hook === undefined) return [{ ...about, message: 'is missing' }];
  if (!isDeepStrictEqual(hook.rules, wanted.rules)) return [{ ...about, message: 'its rules were changed' }];
  if (hook.failsOpen === wanted.failsOpen) return [];
  const policy = hook.failsOpen ? 'Ignore' : 'Fail';
  return [{ ...about, message: `its failurePolicy is ${policy}` }];
}

function certificate({ certificate: seen }: Installation, now: number): readonly Finding[] {
  if (seen === undefined) return [];
  const about = { object: 'caBundle' };
  if (seen.trusted === 'unknown') return [{ ...about, code: 'Unread', message: `not compared: ${seen.why}` }];
  if (seen.trusted === 'no') return [{ ...about, code: 'CaMismatch', message: seen.why }];
  if (seen.notAfter === undefined || seen.notAfter > now) return [];
  const days = Math.ceil((now - seen.notAfter) / MS_PER_DAY);
  return [{ ...about, code: 'CaMismatch', message: `the serving certificate expired ${days} d ago` }];
}

function metallb(controllers: readonly SeenController[]): readonly Finding[] {
  const running = controllers.filter((one) => one.running);
  const many: readonly Finding[] =
    running.length < 2
      ? []
      : [{ code: 'ManyControllers', object: '', message: `running: ${running.map(({ pod }) => pod).join(', ')}` }];
  const versions = [...new Set(controllers.flatMap(({ version }) => version ?? []))];
  const risky = versions.filter(losesIpsAtRestart);
  return [
    ...many,
    ...risky.map((version): Finding => ({ code: 'RestartMoves', object: '', message: `MetalLB ${version}` })),
  ];
}

/** Single-Service events were handled before all Services were known: 0.13.0 up to 0.14.1 (metallb#2443, fixed in 0.14.2). */
function losesIpsAtRestart(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  return major === 0 && (minor === 13 || (minor === 14 && patch < 2));
}
