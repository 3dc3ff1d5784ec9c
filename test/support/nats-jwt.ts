/** Credentials in the decentralised way of NATS: operator, account and user tokens, and the server's side of them. */
import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

export interface JwtAccess {
  /** Lines of the server's configuration. */
  readonly serverConfig: string;
  /** Text of a `.creds` file for a user of the account. */
  readonly creds: string;
}

export function jwtAccess(): JwtAccess {
  const [operator, system, account, user] = [
    nkeys.createOperator(),
    nkeys.createAccount(),
    nkeys.createAccount(),
    nkeys.createUser(),
  ];
  const noLimit = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1 };
  const store = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const token = (key: KeyPair, nats: object) => signed(operator, key.getPublicKey(), nats);
  const operatorToken = token(operator, { type: 'operator', system_account: system.getPublicKey() });
  const systemToken = token(system, { type: 'account', limits: { ...noLimit, wildcards: true } });
  const accountToken = token(account, {
    type: 'account',
    limits: { ...noLimit, ...store, wildcards: true },
  });
  const userToken = signed(account, user.getPublicKey(), {
    type: 'user',
    pub: {},
    sub: {},
    subs: -1,
    data: -1,
    payload: -1,
  });
  return {
    serverConfig: [
      `operator: ${operatorToken}`,
      `system_account: ${system.getPublicKey()}`,
      'resolver: MEMORY',
      `resolver_preload { ${system.getPublicKey()}: ${systemToken}, ${account.getPublicKey()}: ${accountToken} }`,
    ].join('\n'),
    creds: [
      '-----BEGIN NATS USER JWT-----',
      userToken,
      '------END NATS USER JWT------',
      '',
      '-----BEGIN USER NKEY SEED-----',
      new TextDecoder().decode(user.getSeed()),
      '------END USER NKEY SEED------',
      '',
    ].join('\n'),
  };
}

function signed(issuer: KeyPair, subject: string, nats: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    jti: subject,
    iat: Math.floor(Date.now() / 1_000),
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject,
    nats: { version: 2, ...nats },
  };
  const content = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part(claims)}`;
  const signature = issuer.sign(new TextEncoder().encode(content));
  return `${content}.${Buffer.from(signature).toString('base64url')}`;
}
