import { isKubeError } from '../kube/errors.ts';
import { explain } from '../kube/explain.ts';
import { parseArguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { asCalled, type Program } from './program.ts';
import { packageVersion } from './version.ts';

/**
 * Runs one command, and loads only what it needs. Never throws.
 * @returns the exit code: 0 ok, 1 error, 2 cluster unreachable, 3 findings, 4 usage
 */
export async function main(argv: readonly string[], program: Program = 'holdfast'): Promise<ExitCode> {
  const command = parseArguments(argv, packageVersion());
  try {
    switch (command.kind) {
      case 'help':
      case 'version':
        process.stdout.write(asCalled(command.text, program));
        return EXIT.ok;
      case 'usage-error':
        process.stderr.write(asCalled(command.text, program));
        return EXIT.usage;
      case 'serve':
        return await (await import('./serve.ts')).serve(command.config);
      case 'unregister':
        return await (await import('./unregister.ts')).runUnregister(command.kubeconfig);
      case 'floor':
        process.stdout.write((await import('./floor.ts')).floorText(command));
        return EXIT.ok;
      case 'replay':
        return await (await import('./replay.ts')).runReplay(command);
      case 'check':
        return await (await import('./check.ts')).runCheck(command);
      case 'plan':
        return await (await import('./plan.ts')).runPlan(command);
      case 'history':
        return await (await import('./history.ts')).runHistory(command);
      case 'pin':
      case 'unpin':
        return await (await import('./pin.ts')).runPin(command);
      case 'completion':
        process.stdout.write((await import('./completion.ts')).completionScript(command.shell));
        return EXIT.ok;
    }
  } catch (error) {
    process.stderr.write(`holdfast: ${explain(error)}\n`);
    if ('kubeconfig' in command && isKubeError(error, 'unavailable', 'timeout', 'unauthorized')) {
      const { source } = (await import('../kube/cluster.ts')).loadCluster({ kubeconfig: command.kubeconfig });
      process.stderr.write(`This is the cluster of ${source}; --kubeconfig FILE names another one.\n`);
    }
    return isKubeError(error, 'unavailable', 'timeout') ? EXIT.clusterUnreachable : EXIT.error;
  }
}
