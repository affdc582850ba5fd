// Damaged input from a seed: bytes of sound files changed as typing, copying, exporting and torn writes change them.
export type Random = () => number;

/** Uniform in [0, 1) from a seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SNIPPETS = [
  ...[
    '',
    ' ',
    ',',
    '"',
    '""',
    "'",
    ':',
    '-',
    '- ',
    '\n',
    '\r',
    '\r\n',
    '\t',
    '\0',
    '{',
    '}',
    '[',
    ']',
    '#',
    '&a ',
    '*a',
    '!!',
  ],
  ...[
    'NaN',
    '1e308',
    '-1e-308',
    'Infinity',
    '9007199254740993',
    '1,234.5',
    '０１２',
    '：',
    '　',
    '\uFEFF',
    '💧',
    '汽',
    '--- ',
  ],
  ...[
    '__proto__',
    'constructor',
    'null',
    'yes',
    '24:00',
    '2022-02-30',
    '2022-03-01T25:00:00Z',
    '9999-12-31',
    '0',
    '-0',
    '%',
  ],
].map((text) => Buffer.from(text));

/** The bytes with some changes; most keep the rest of the file as it was. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let out = Buffer.from(bytes);
  const pick = (n: number): number => Math.floor(random() * n);
  for (let changes = 1 + pick(4); changes > 0; changes -= 1) {
    const at = pick(out.length + 1);
    const length = random() < 0.7 ? pick(4) : pick(200);
    const rest = out.subarray(Math.min(out.length, at + length));
    const kind = pick(6);
    if (kind === 0) out = Buffer.concat([out.subarray(0, at), rest]);
    else if (kind === 1) out = Buffer.concat([out.subarray(0, at), Buffer.from([pick(256)]), rest]);
    else if (kind === 2) out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
    else if (kind === 3) out = Buffer.from(out.subarray(0, at));
    else
      out = Buffer.concat([
        out.subarray(0, at),
        SNIPPETS[pick(SNIPPETS.length)]!,
        kind === 4 ? rest : out.subarray(at),
      ]);
  }
  return out;
}
