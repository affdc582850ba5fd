// The service's log: one JSON line a request, and what went wrong. It holds no bodies, no query strings, no cookies and no
// tokens; what a careless call would log under such a name is struck out.
const SECRETS = [
  'password',
  'newPassword',
  'oldPassword',
  'pin',
  'code',
  'secret',
  'token',
  'authorization',
  'cookie',
  'set-cookie',
];

export interface LogOptions {
  readonly level?: string;
  readonly stream?: { write(line: string): void };
}

/** Settings of pino for Fastify. */
export const loggerOf = ({ level = 'info', stream }: LogOptions) => ({
  level,
  ...(stream === undefined ? {} : { stream }),
  base: null,
  timestamp: () => `,"time":"${new Date().toISOString()}"`,
  formatters: { level: (label: string) => ({ level: label }) },
  redact: {
    paths: SECRETS.flatMap((name) => {
      const key = name.includes('-') ? `["${name}"]` : `.${name}`;
      return [key.replace(/^\./, ''), `*${key}`, `*.*${key}`];
    }),
    censor: '…',
  },
  serializers: {
    req: (request: { method?: string; url?: string }) => ({ method: request.method, path: request.url?.split('?')[0] }),
    err: (error: Error & { code?: string }) => ({
      type: error.name,
      // Not `code`: one-time codes go under that name, and are struck out.
      errorCode: error.code,
      message: error.message,
      stack: error.stack,
    }),
  },
});
