import { z } from 'zod';
import { duration } from '../config/fields.ts';
import { createAddressGuard, isCidr, literalAddresses } from '../outgoing/addresses.ts';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });

/** Of every sink that sends requests. */
const request = {
  allowTo: z
    .array(z.string().refine(isCidr, 'must be a CIDR such as 127.0.0.1/32, 10.0.0.0/8 or fd00::/8'))
    .max(64)
    .default([])
    .describe(
      'CIDRs that requests may go to besides public addresses: private, loopback, link-local and other special addresses are refused otherwise.',
    ),
  timeout: duration('How long one request may take.', { min: '100ms', max: '1m' }).prefault('5s'),
  setAsideAfter: duration(
    'A notification that could not be delivered for this long (no answer, HTTP 5xx) no longer holds up the others, when the receiver takes one of those that wait behind it: it is set aside, and tried like one that is refused.',
    { min: '1s', max: '1d' },
  ).prefault('1m'),
  giveUpAfter: duration(
    'A notification that could not be delivered for this long is given up, counted, and kept as a dead letter on `earshot.dead.notification`.',
    {
      min: '1s',
      max: '7d',
    },
  ).prefault('1d'),
  giveUpRefusedAfter: duration(
    'A notification that the receiver itself refuses (HTTP 400 and the like), or does not take while it takes others, is tried for this long from when it was set aside; other alerts go on meanwhile. `0s`: given up at the first refusal.',
    { max: '7d' },
  ).prefault('1h'),
};

/** RFC 9110, 5.1 and 5.5. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const headers = z
  .record(
    z.string(),
    z.string().regex(HEADER_VALUE, 'must be the value of an HTTP header: one line, no control characters'),
  )
  .superRefine((named, ctx) => {
    for (const name of Object.keys(named))
      if (!HEADER_NAME.test(name))
        ctx.addIssue({ code: 'custom', path: [name], message: 'must be named as an HTTP header: no spaces' });
  })
  .default({})
  .describe('Further request headers; values may use ${ENV_NAME}.');

const alertUrl = httpUrl
  .optional()
  .describe('Where people open an alert: a link to it, in which `{id}` stands for its id.');

/** Base64 (RFC 4648, 4), its padding left out or not; or ASCII: libraries disagree on the bytes of other signs. */
const SECRET =
  /^(?:whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?|(?!whsec_)[\x20-\x7e]+)$/;
const secret = z.string().min(1).regex(SECRET, 'must be whsec_ and base64, or other ASCII text');

/** Finds at `earshot check` what the request itself would be refused for. Names are looked up when it is sent. */
function refuseTarget(config: { url: string; allowTo: readonly string[] }, ctx: z.RefinementCtx): void {
  if (!URL.canParse(config.url) || !config.allowTo.every(isCidr)) return; // Reported by itself.
  const addresses = literalAddresses(new URL(config.url));
  const guard = createAddressGuard(config.allowTo);
  const refusals = addresses?.map((address) => ({ address, what: guard(address) }));
  const [first] = refusals ?? [];
  if (first?.what === undefined || refusals?.some(({ what }) => what === undefined)) return;
  const allowed = config.allowTo.length === 0 ? 'none' : config.allowTo.join(', ');
  ctx.addIssue({
    code: 'custom',
    path: ['url'],
    input: config.url,
    message: `leads to ${first.address}, ${first.what}; allowed are public addresses and those of allowTo (now ${allowed})`,
  });
}

const webhookSink = z
  .strictObject({
    url: httpUrl.describe(
      'Receives a POST of `{type: "alert.firing" | "alert.resolved", timestamp, data: notification}` as JSON.',
    ),
    secret: secret
      .optional()
      .describe(
        'Signs each request by the Standard Webhooks specification; use ${ENV_NAME}. A `whsec_…` secret is base64: `new Webhook(secret)` of `standardwebhooks` verifies it. Any other text is taken as it is: `new Webhook(secret, { format: "raw" })`.',
      ),
    secrets: z
      .array(secret)
      .max(8)
      .default([])
      .describe(
        'Several instead of `secret`, while receivers change over: each request carries a signature of each.',
      ),
    headers,
    ...request,
  })
  .superRefine((config, ctx) => {
    refuseTarget(config, ctx);
    if (config.secret === undefined || config.secrets.length === 0) return;
    ctx.addIssue({ code: 'custom', path: ['secrets'], message: 'needs either secret or secrets, not both' });
  });

const slackSink = z
  .strictObject({
    url: httpUrl.describe(
      'Incoming webhook of Slack, or of anything that takes its messages; use ${ENV_NAME}.',
    ),
    alertUrl,
    ...request,
  })
  .superRefine(refuseTarget);

const discordSink = z
  .strictObject({
    url: httpUrl.describe('Webhook of a Discord channel; use ${ENV_NAME}.'),
    alertUrl,
    ...request,
  })
  .superRefine(refuseTarget);

const alertmanagerSink = z
  .strictObject({
    url: httpUrl.describe('Alertmanager, without `/api/v2/alerts`. One entry for each of a cluster.'),
    headers,
    resendEvery: duration(
      'How often Alertmanager is told again what fires. It resolves by itself what it has not been told for four times this.',
      { min: '1s', max: '1h' },
    ).prefault('1m'),
    alertUrl: alertUrl.describe('The `generatorURL` of an alert, in which `{id}` stands for its id.'),
    ...request,
  })
  .superRefine(refuseTarget);

const natsSink = z.strictObject({
  subject: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be a NATS subject without wildcards')
    .refine(
      (subject) => !subject.startsWith('earshot.'),
      'must lie outside earshot.>, which the pipeline itself uses',
    )
    .describe(
      'A further subject, plain NATS, besides `earshot.notify.<pipeline>` which is always published.',
    ),
});

const logSink = z.strictObject({}).describe('One line in the log for each alert that people are told of.');

/** Where notifications go, besides the subject `earshot.notify.<pipeline>`. Each entry names exactly one kind. */
export const sinkConfig = z.union([
  z.strictObject({ log: logSink }),
  z.strictObject({ webhook: webhookSink }),
  z.strictObject({ slack: slackSink }),
  z.strictObject({ discord: discordSink }),
  z.strictObject({ alertmanager: alertmanagerSink }),
  z.strictObject({ nats: natsSink }),
]);
export type WebhookSinkConfig = z.output<typeof webhookSink>;
export type SlackSinkConfig = z.output<typeof slackSink>;
export type DiscordSinkConfig = z.output<typeof discordSink>;
export type AlertmanagerSinkConfig = z.output<typeof alertmanagerSink>;
