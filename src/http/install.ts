// The page by which a phone or a kiosk comes to trust this server: the root's download, its fingerprint to compare, and the
// address as a QR code. Plain markup without script or inline style, so that it stands under the strictest policy.
import type { FastifyInstance } from 'fastify';
import { toString as drawQr } from 'qrcode';
import { type Language, WORDS } from '../words/say.ts';
import type { Certificate } from './certificate.ts';
import { languageOf } from './problem.ts';

export interface Installed {
  /** The certificate in use now; undefined where the service speaks plain http. */
  readonly certificate: () => Certificate | undefined;
  /** The address people should use, `https://10.1.2.3:8443`. */
  readonly address: () => string;
}

export function mountInstall(app: FastifyInstance, { certificate, address }: Installed): void {
  app.get('/install', async (request, reply) => {
    const chosen = (request.query as { lang?: string }).lang;
    const choice = chosen === 'zh' || chosen === 'en' ? chosen : undefined;
    const language = languageOf(choice, request.headers['accept-language']);
    reply.header('content-language', language).type('text/html; charset=utf-8');
    return reply.send(await pageOf(language, certificate(), address()));
  });

  app.get('/install/root.crt', async (_request, reply) => {
    const root = certificate()?.root;
    if (root === undefined) return reply.callNotFound();
    // Phones offer to install this type, and save others as files.
    return reply
      .type('application/x-x509-ca-cert')
      .header('content-disposition', 'attachment; filename="crewledger-root.crt"')
      .send(root.der);
  });

  app.get('/install/install.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(STYLE));
}

const STYLE = `body { font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; background: #fff; }
code { font-size: 1rem; overflow-wrap: anywhere; }
a.download { display: inline-block; padding: 0.8rem 1.4rem; border-radius: 0.4rem; background: #0b5cad; color: #fff; text-decoration: none; }
svg { width: 14rem; height: 14rem; }
`;

async function pageOf(language: Language, certificate: Certificate | undefined, address: string): Promise<string> {
  const words = WORDS[language].http.install;
  const other = language === 'zh' ? 'en' : 'zh';
  // Only rectangles: no script, no style, nothing of what is encoded.
  const qr = await drawQr(address, { type: 'svg', errorCorrectionLevel: 'M', margin: 2 });
  const root = certificate?.root;
  const trust =
    root === undefined
      ? `<p>${escaped(certificate === undefined ? words.plain : words.given)}</p>`
      : `<p>${escaped(words.why)}</p>
<p><a class="download" href="/install/root.crt">${escaped(words.download)}</a></p>
<h2>${escaped(words.fingerprint)}</h2>
<p><code>${root.fingerprint}</code></p>
<p>${escaped(words.compare)}</p>
<ul><li>${escaped(words.windows)}</li><li>${escaped(words.android)}</li><li>${escaped(words.iphone)}</li></ul>`;
  return `<!doctype html>
<html lang="${language === 'zh' ? 'zh-CN' : 'en'}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(words.title)} · CrewLedger</title><link rel="stylesheet" href="/install/install.css"></head>
<body>
<h1>${escaped(words.title)}</h1>
<h2>${escaped(words.open)}</h2>
<p><a href="${escaped(address)}">${escaped(address)}</a></p>
${qr.replace('<svg ', `<svg role="img" aria-label="${escaped(address)}" `)}
${trust}
<p><a href="/install?lang=${other}" lang="${other}">${escaped(words.other)}</a></p>
</body></html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter]!);
