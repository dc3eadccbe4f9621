import { isKubeError } from '../kube/errors.ts';
import { explain } from '../kube/explain.ts';
import { parseArguments } from './arguments.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { runReplay } from './replay.ts';
import { serve } from './serve.ts';
import { runUnregister } from './unregister.ts';
import { packageVersion } from './version.ts';

/** Runs one command. Never throws. @returns the exit code: 0 ok, 1 error, 2 cluster unreachable, 3 findings, 4 usage */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const command = parseArguments(argv, packageVersion());
  try {
    switch (command.kind) {
      case 'help':
      case 'version':
        process.stdout.write(command.text);
        return EXIT.ok;
      case 'usage-error':
        process.stderr.write(command.text);
        return EXIT.usage;
      case 'serve':
        return await serve(command.config);
      case 'unregister':
        return await runUnregister(command.kubeconfig);
      case 'replay':
        return await runReplay(command);
    }
  } catch (error) {
    process.stderr.write(`holdfast: ${explain(error)}\n`);
    return isKubeError(error, 'unavailable', 'timeout') ? EXIT.clusterUnreachable : EXIT.error;
  }
}
