/** How many images have each label, the commonest first. */
export function tally(
  images: number[],
  labelOf: (image: number) => string,
): { label: string; images: number }[] {
  const counts = new Map<string, number>();
  for (const image of images) {
    const label = labelOf(image);
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts]
    .map(([label, images]) => ({ label, images }))
    .sort((a, b) => b.images - a.images);
}
