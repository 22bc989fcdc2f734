// Outlines: x then y, corner after corner, closed by themselves.

/** Whether a place is inside: whether a ray to the right leaves the outline an odd number of times. */
export function inside(
  outline: ArrayLike<number>,
  x: number,
  y: number,
): boolean {
  let odd = false;
  const end = outline.length;
  let [px, py] = [outline[end - 2]!, outline[end - 1]!];
  for (let i = 0; i < end; i += 2) {
    const [qx, qy] = [outline[i]!, outline[i + 1]!];
    if (py > y !== qy > y && x < px + ((y - py) / (qy - py)) * (qx - px)) {
      odd = !odd;
    }
    [px, py] = [qx, qy];
  }
  return odd;
}
