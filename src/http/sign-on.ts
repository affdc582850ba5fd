// Single sign-on with the organisation's own server: OpenID Connect, authorisation code with PKCE, state and nonce. It learns
// one thing, the staff number; whether somebody here has it, and what they may do, is decided here.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { signOnEnd } from './contract/session.ts';
import { BASE } from './contract.ts';
import { refuse } from './problem.ts';

export interface SignOnOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The claim that holds the staff number. */
  readonly claim: string;
  /** Where browsers reach this service: `https://crewledger.example`. */
  readonly publicUrl: string;
  readonly scope?: string;
}

export interface Leaving {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface SignOn {
  /** Where to send the browser, and what to remember; refuses with `oidc-away`. */
  readonly leave: () => Promise<Leaving>;
  /** The staff number told to a browser that came back with this query; refuses with `oidc-failed` or `oidc-away`. */
  readonly comeBack: (query: string, left: Omit<Leaving, 'url'>) => Promise<string>;
}

export function openSignOn({ issuer, clientId, clientSecret, claim, publicUrl, scope }: SignOnOptions): SignOn {
  const redirect = new URL(BASE + signOnEnd.path, publicUrl);
  let found: Promise<Configuration> | undefined;
  // Plain http is for a sign-on server on this very machine, and nowhere else.
  const local = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])[:/]/.test(issuer);
  const configuration = async (): Promise<Configuration> => {
    found ??= discovery(
      new URL(issuer),
      clientId,
      clientSecret,
      undefined,
      local ? { execute: [allowInsecureRequests] } : {},
    );
    try {
      return await found;
    } catch {
      // It may be there again next time.
      found = undefined;
      throw refuse('oidc-away');
    }
  };

  return {
    leave: async () => {
      const config = await configuration();
      const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirect.href,
        scope: scope ?? 'openid profile',
        code_challenge: await calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { url: url.href, state, nonce, verifier };
    },

    comeBack: async (query, { state, nonce, verifier }) => {
      const config = await configuration();
      const here = new URL(redirect);
      here.search = query;
      try {
        const tokens = await authorizationCodeGrant(config, here, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw refuse('oidc-failed');
        const told = claims[claim] ?? (await fetchUserInfo(config, tokens.access_token, claims.sub))[claim];
        if (typeof told !== 'string' && typeof told !== 'number') throw refuse('oidc-failed');
        return String(told);
      } catch (error) {
        throw isNetwork(error) ? refuse('oidc-away') : refuse('oidc-failed');
      }
    },
  };
}

const isNetwork = (error: unknown): boolean =>
  error instanceof TypeError || (error instanceof Error && error.cause instanceof TypeError);
