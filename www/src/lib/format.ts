// Numbers as the page writes them.

/** Three significant digits, without needless noughts; two where a power of ten is needed. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(1).replace("+", "");
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size !== 0 && size < 0.001) return value.toExponential(1);
  return `${Number(value.toPrecision(3))}`;
}

/** A share of one as per cent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : "–";
}

/** Seconds as minutes and seconds. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return "–";
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = `${whole % 60}`.padStart(2, "0");
  return hours
    ? `${hours}:${`${minutes}`.padStart(2, "0")}:${rest}`
    : `${minutes}:${rest}`;
}

/** A whole number with its thousands apart. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** One or many: `#` in the form for such a number stands for it. The catalogue of a language has its forms, and
 * the rule by which they are chosen. */
export function plural(
  value: number,
  forms: readonly string[],
  rule = (value: number): number => +(value !== 1),
): string {
  const form = forms[rule(value)] ?? forms.at(-1) ?? "#";
  return form.replace("#", count(value));
}
