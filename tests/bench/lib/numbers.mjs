// Summaries of measured times.

/** The middle one; the mean of the middle two. */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? sorted[middle]
    : (sorted[middle - 1] + sorted[middle]) / 2;
}

export const mean = (values) =>
  values.length === 0
    ? null
    : values.reduce((sum, value) => sum + value, 0) / values.length;

/** How `y` grows with `x`: the slope of the line through both on log axes. 1: in proportion. */
export function slope(x, y) {
  const [a, b] = [x.map(Math.log), y.map(Math.log)];
  const [ma, mb] = [mean(a), mean(b)];
  const along = mean(a.map((value, i) => (value - ma) * (b[i] - mb)));
  return along / mean(a.map((value) => (value - ma) ** 2));
}
