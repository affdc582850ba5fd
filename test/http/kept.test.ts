import { describe, expect, test } from 'vitest';
import { Kept } from '../../src/http/kept.ts';

describe('answers kept by name', () => {
  test('are made once for all who ask meanwhile, and given again as the same object', async () => {
    const kept = new Kept<{ n: number }>(4);
    let made = 0;
    let finish = (): void => {};
    const gate = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const make = async (): Promise<{ n: number }> => {
      made += 1;
      await gate;
      return { n: made };
    };
    const asked = [kept.get('a', make), kept.get('a', make)];
    finish();
    const [first, second] = await Promise.all(asked);
    expect(second).toBe(first);
    expect(await kept.get('a', make)).toBe(first);
    expect(made).toBe(1);
  });

  test('one that failed is made again', async () => {
    const kept = new Kept<string>(4);
    await expect(kept.get('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await kept.get('a', async () => 'yes')).toBe('yes');
  });

  test('the oldest go when there are too many', async () => {
    const kept = new Kept<string>(2);
    const make = (text: string) => async (): Promise<string> => text;
    for (const name of ['a', 'b', 'c']) await kept.get(name, make('old'));
    expect(await kept.get('c', make('new'))).toBe('old');
    expect(await kept.get('a', make('new'))).toBe('new');
  });
});
