import { registerHooks } from 'node:module';
import type { KubeConfig as Config } from '@kubernetes/client-node';

const CONFIG_MODULE = '@kubernetes/client-node/dist/config.js';
/** What the generated client exports to the module above, which uses it in `makeApiClient` only. */
const NO_CLIENT = 'data:text/javascript,export const createConfiguration = undefined, ServerConfiguration = undefined;';

// client-node comes with a generated class for every kind there is. holdfast reads kubeconfigs with it and makes its own
// requests: without the 700 generated files a replica starts a second sooner and with 45 MB less (docs/adr/0025).
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === './gen/index.js' && context.parentURL?.endsWith(CONFIG_MODULE) === true
      ? { url: NO_CLIENT, format: 'module', shortCircuit: true }
      : next(specifier, context),
});

/** Reads kubeconfigs and finds credentials, as kubectl does. */
export type KubeConfig = Config;

type ConfigModule = Pick<typeof import('@kubernetes/client-node'), 'KubeConfig'>;

const { KubeConfig: loaded } = (await import('@kubernetes/client-node/dist/config.js')) as ConfigModule;
export const KubeConfig: typeof Config = loaded;
