/** docs/config.md: what can be written in a pipeline file and in the settings. */
import { OBSERVED_FIELDS } from '../../core/alert/rule.config.ts';
import { pipelineConfig } from '../../core/pipeline/pipeline.config.ts';
import { ROUTE_FIELDS } from '../../core/route/route.config.ts';
import { ENVIRONMENT, natsConfig, settingsConfig } from '../config/settings.config.ts';
import { code, glossary, page, table } from './markdown.ts';
import { schemaReference } from './schema-reference.ts';

const PIPELINE_EXAMPLE = `# yaml-language-server: $schema=../docs/pipeline.schema.json
name: skyline
listen:
  query: '("skyline air" OR @skylineair OR #skyline) AND NOT "skyline tools"'
  languages: [en]
window: { pane: 1m, allowedLateness: 10s }
routes:
  - { queue: urgent-care, when: 'label == "negative" && author.followers >= 10000' }
alerts:
  - name: negative-surge
    when: 'volume >= 50 && negativeShare > 0.4'
    resolveWhen: 'negativeShare < 0.3'
    over: 5m
    for: 1m
    groupBy: [channel]
    severity: page
    summary: '{{ negativeShare | percent }} of {{ volume }} posts are negative'
sinks:
  - webhook: { url: 'https://hooks.example/earshot', secret: '\${EARSHOT_WEBHOOK_SECRET}' }
tests:
  - name: praise is not urgent
    messages: [{ id: '1', text: 'thank you @skylineair, great crew' }]
    expect: { routes: { '1': [] } }`;

const SETTINGS_EXAMPLE = `bus: { url: 'nats://127.0.0.1:4222', nats: { replicas: 1 } }
http: { listen: '127.0.0.1:8377' }
log: { level: info }`;

export function configDoc(): string {
  return page(
    '# Configuration reference',
    'Generated from the schemas by `earshot docs --write`; do not edit. A field may be left out unless its default says `required`. `${NAME}` in a value is filled from the environment.',
    '## A pipeline file',
    'One YAML file in `pipelines/` for each brand or community. `earshot check` says what is wrong with one, and where; the first line lets an editor complete and check it while you type.',
    '```yaml\n' + PIPELINE_EXAMPLE + '\n```',
    ...schemaReference(pipelineConfig, 'Fields of a pipeline file', 3),
    "### What a rule's condition sees",
    'Over the span `over`, for each group of `groupBy` alone. `channel` is there too.',
    glossary(['Name', 'Value'], OBSERVED_FIELDS),
    "### What a route's condition sees",
    'One scored message.',
    glossary(['Name', 'Value'], ROUTE_FIELDS),
    '## Settings of the process',
    'A settings file (`--config`) is read first, then the environment, then the flags.',
    '```yaml\n' + SETTINGS_EXAMPLE + '\n```',
    ...schemaReference(settingsConfig, 'Fields of a settings file', 3),
    ...schemaReference(natsConfig, 'Fields of `bus.nats`', 3, 'bus.nats'),
    '`servers` is taken from `bus.url`.',
    '### Environment',
    table(
      ['Variable', 'Setting'],
      ENVIRONMENT.map(([variable, path]) => [code(variable), code(path.join('.'))]),
    ),
  );
}
