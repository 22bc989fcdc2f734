// What a few numbers come to.

export type Spread = {
  /** How many were finite. */
  count: number;
  mean: number;
  /** Standard deviation of the sample (by n - 1); null of fewer than two. */
  deviation: number | null;
};

/** Mean and standard deviation of those that are finite; null if none is. */
export function spread(numbers: (number | null | undefined)[]): Spread | null {
  const finite = numbers.filter(
    (number): number is number =>
      typeof number === "number" && Number.isFinite(number),
  );
  const count = finite.length;
  if (count === 0) return null;
  const mean = finite.reduce((sum, number) => sum + number, 0) / count;
  const squares = finite.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  const deviation = count > 1 ? Math.sqrt(squares / (count - 1)) : null;
  return { count, mean, deviation };
}
