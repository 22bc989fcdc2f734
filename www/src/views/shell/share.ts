// Addresses to give away, and how they show the page.

/** The address `href`, with these parts of the page left out, for a projector or not. */
export function shared(
  href: string,
  hide: readonly string[],
  projector: boolean,
): string {
  const url = new URL(href);
  const { searchParams } = url;
  searchParams.delete("hide");
  if (hide.length > 0) searchParams.set("hide", hide.join(","));
  if (!projector) searchParams.delete("show");
  else if (!searchParams.has("show")) searchParams.set("show", "projector");
  // Commas are read by people too.
  url.search = url.search.replaceAll("%2C", ",");
  return url.href;
}

/** Markup that shows `address` in another page. */
export function embedded(address: string): string {
  const source = address.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${source}" title="Twoviews" width="100%" height="720" style="border: 0" allow="fullscreen; camera"></iframe>`;
}
