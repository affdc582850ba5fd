// Chance from a seed: the same draws on any machine. Only 32-bit integers and exactly rounded double operations (+ − × ÷)
// are used, never a function of Math whose last bit may differ between engines.
//
// Generator: xoshiro128** 1.1 (D. Blackman, S. Vigna, 2018, public domain), its state filled by SplitMix32 steps
// (the finaliser of MurmurHash3, A. Appleby, over a Weyl sequence).

export interface Chance {
  /** A whole number of `low` … `high`, both included. */
  int(low: number, high: number): number;
  /** True with probability `p`. */
  yes(p: number): boolean;
  /** A real of [low, high). */
  real(low: number, high: number): number;
  /** Near-normal (the sum of four uniforms), mean 0, deviation 1, within ±3.5. */
  noise(): number;
  pick<T>(list: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(list: readonly T[]): T[];
  /** Independent draws for `label`, whatever was drawn here before: one more feature does not disturb the others. */
  fork(label: string): Chance;
}

const SQRT_3 = 1.7320508075688772;
const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

function mix(x: number): number {
  let z = x | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}

/** 32-bit FNV-1a over UTF-16 units, started at `basis`. */
function hash(text: string, basis: number): number {
  let h = basis ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h);
}

/** `seed` is a whole number; all of its 53 bits count. */
export function chanceOf(seed: number): Chance {
  return chanceFrom(seed | 0, Math.floor(seed / 4294967296) | 0);
}

function chanceFrom(low: number, high: number): Chance {
  let weyl = mix(low) ^ Math.imul(high, 0x9e3779b9);
  const step = (): number => {
    weyl = (weyl + 0x9e3779b9) | 0;
    return mix(weyl);
  };
  let [a, b, c, d] = [step(), step(), step(), step() | 1];

  const bits = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotate(d, 11);
    return result;
  };
  const unit = (): number => bits() / 4294967296;
  const int = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1));

  return {
    int,
    yes: (p) => unit() < p,
    real: (from, to) => from + unit() * (to - from),
    noise() {
      const x = bits();
      const y = bits();
      const sum = (x & 0xffff) + (x >>> 16) + (y & 0xffff) + (y >>> 16);
      return (sum / 65536 - 2) * SQRT_3;
    },
    pick: (list) => list[int(0, list.length - 1)]!,
    shuffle(list) {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i -= 1) {
        const j = int(0, i);
        [copy[i], copy[j]] = [copy[j]!, copy[i]!];
      }
      return copy;
    },
    fork: (label) => chanceFrom(hash(label, low), hash(label, high ^ 0x5bd1e995)),
  };
}
