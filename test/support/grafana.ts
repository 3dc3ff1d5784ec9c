/** The queries of a Grafana dashboard, with its variables filled in as Grafana would. */
import { readFileSync } from 'node:fs';

export interface PanelQuery {
  readonly panel: string;
  readonly expr: string;
}

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

/** Values of `$name` and `${name}`: `$__rate_interval` and `$pipeline` have one unless it is given here. */
export function panelQueries(
  file: string | URL,
  variables: Readonly<Record<string, string>> = {},
): PanelQuery[] {
  const values: Readonly<Record<string, string>> = {
    ...{ __rate_interval: '1m', __interval: '15s', __range: '1h', pipeline: '.*' },
    ...variables,
  };
  const { panels } = JSON.parse(readFileSync(file, 'utf8')) as { panels: readonly Panel[] };
  return panels.flatMap(function queries({ title, targets = [], panels: inner = [] }): PanelQuery[] {
    return [
      ...targets.map(({ expr }) => ({ panel: title, expr: substitute(title, expr, values) })),
      ...inner.flatMap(queries),
    ];
  });
}

function substitute(panel: string, expr: string, values: Readonly<Record<string, string>>): string {
  return expr.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (written, braced?: string, plain?: string) => {
    const value = values[braced ?? plain ?? ''];
    if (value === undefined) throw new Error(`panel '${panel}': no value for ${written} in ${expr}`);
    return value;
  });
}
