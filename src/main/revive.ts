// Keeps the embedded database alive under a service: after it died it is started again, and again until it stays. What is
// served meanwhile, and how requests are refused, is the service's business.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Embedded, EmbeddedRefusal } from '../store/embedded.ts';

const PAUSE_MS = 500;
/** A full disk or a failing one: asked again this often, for as long as it takes. */
const PAUSE_MS_MAX = 5_000;

export interface Revival {
  /** To be told whenever the server died. */
  readonly died: () => void;
  /** Waits for a start that is under way and stops the server. */
  readonly stop: () => Promise<void>;
}

/** `onRefused` hears why the server does not start, once a reason. */
export function revive(server: () => Embedded | undefined, onRefused: (refusal: EmbeddedRefusal) => void): Revival {
  const stopping = new AbortController();
  let reviving: Promise<void> | undefined;
  let again = false;
  const raise = async (): Promise<void> => {
    let told = '';
    for (let pauseMs = PAUSE_MS; !stopping.signal.aborted; pauseMs = Math.min(PAUSE_MS_MAX, pauseMs * 2)) {
      again = false;
      const outcome = await server()?.restart();
      if (outcome === undefined || (outcome.ok && !again)) return;
      if (!outcome.ok && outcome.refusal.code !== told) {
        told = outcome.refusal.code;
        onRefused(outcome.refusal);
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  };
  return {
    died: () => {
      again = true;
      if (stopping.signal.aborted) return;
      reviving ??= raise().finally(() => {
        reviving = undefined;
      });
    },
    stop: async () => {
      stopping.abort();
      await reviving;
      await server()?.stop();
    },
  };
}
