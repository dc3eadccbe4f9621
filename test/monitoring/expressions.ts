import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { isObject, type JsonObject, objectAt, objectsAt, stringAt } from '../../src/review/json.ts';

/** The Prometheus rules of deploy/monitoring, as a file. */
export const RULES_FILE = fileURLToPath(new URL('../../deploy/monitoring/alerts.yaml', import.meta.url));
/** What promtool tests them with. */
export const RULES_TEST_FILE = fileURLToPath(new URL('alerts.test.yaml', import.meta.url));
const DASHBOARD_FILE = new URL('../../deploy/monitoring/dashboard.json', import.meta.url);

/** One expression in PromQL and where it stands. */
export interface Expression {
  readonly where: string;
  readonly expr: string;
}

export interface Alert extends Expression {
  readonly name: string;
  readonly severity: string;
  readonly annotations: JsonObject;
}

/** Every alert, in order. */
export function alerts(): readonly Alert[] {
  const file: unknown = parse(readFileSync(RULES_FILE, 'utf8'));
  const groups = isObject(file) ? objectsAt(file, 'groups') : [];
  return groups
    .flatMap((group) => objectsAt(group, 'rules'))
    .map((rule) => {
      const name = stringAt(rule, 'alert') ?? '';
      const severity = stringAt(objectAt(rule, 'labels'), 'severity') ?? '';
      return {
        name,
        where: name,
        expr: stringAt(rule, 'expr') ?? '',
        severity,
        annotations: objectAt(rule, 'annotations'),
      };
    });
}

/** Every query of the dashboard, as Grafana sends it for all replicas and pools. */
export function dashboardQueries(): readonly Expression[] {
  const dashboard: unknown = JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8'));
  const panels = isObject(dashboard) ? objectsAt(dashboard, 'panels') : [];
  return panels.flatMap((panel) =>
    objectsAt(panel, 'targets').map((target) => ({
      where: `${stringAt(panel, 'title')} ${stringAt(target, 'refId')}`,
      expr: asSent(stringAt(target, 'expr') ?? ''),
    })),
  );
}

function asSent(expr: string): string {
  return expr.replaceAll('$__rate_interval', '15s').replaceAll(/\$(?:instance|pool)\b/g, '.*');
}

/** The metrics that an expression names, each with the labels it is matched by. */
export function metricsIn(expr: string): readonly { readonly name: string; readonly labels: readonly string[] }[] {
  return [...expr.matchAll(/\b((?:holdfast|process)_\w+)(?:\{([^}]*)\})?/g)].map(([, name = '', matchers = '']) => ({
    name,
    labels: [...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label),
  }));
}

/** The labels that an expression groups by or joins on. */
export function groupedBy(expr: string): readonly string[] {
  return [...expr.matchAll(/\b(?:by|on|group_left)\s*\(([^)]*)\)/g)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((label) => label.trim())
      .filter((label) => label !== ''),
  );
}
