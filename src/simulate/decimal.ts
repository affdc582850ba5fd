// Decimal texts on a step: what meters show and tables hold. A value is a whole count of steps, so no float is ever printed.

/** `0.25` is 25 hundredths: `units` 25, `places` 2. */
export interface Step {
  readonly text: string;
  readonly units: number;
  readonly places: number;
  /** The nearest double, for the process only. */
  readonly size: number;
}

export function stepOf(text: string): Step {
  const [whole = '0', fraction = ''] = text.split('.');
  return { text, units: Number(whole + fraction), places: fraction.length, size: Number(text) };
}

/** `formatUnits(-1250, 2)` is `-12.50`. */
export function formatUnits(units: number, places: number): string {
  const digits = String(Math.abs(units)).padStart(places + 1, '0');
  const at = digits.length - places;
  return (units < 0 ? '-' : '') + digits.slice(0, at) + (places > 0 ? `.${digits.slice(at)}` : '');
}

export const stepsIn = (value: number, step: Step): number => Math.round(value / step.size);
export const formatSteps = (steps: number, step: Step): string => formatUnits(steps * step.units, step.places);
/** `value` on `step`, as text. */
export const onStep = (value: number, step: Step): string => formatSteps(stepsIn(value, step), step);
/** `value` with so many decimals. */
export const fixed = (value: number, places: number): string => {
  let scale = 1;
  for (let i = 0; i < places; i += 1) scale *= 10;
  return formatUnits(Math.round(value * scale), places);
};

/**
 * `steps` of `step` written with more digits than the step has, rounding back to `steps` unless it is an exact half:
 * `off` in thousandths of a step, −500 … 500.
 */
export const formatBetween = (steps: number, step: Step, off: number): string =>
  formatUnits((steps * 1000 + off) * step.units, step.places + 3);
