import { plural } from "./format.ts";

/** How long something will take yet, roughly: nobody believes more. */
export function left(seconds: number): string {
  if (seconds < 90) {
    const some = Math.max(5, Math.ceil(seconds / 5) * 5);
    return `${some} s left`;
  }
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min left`;
  return plural(Math.round(minutes / 60), ["# hour left", "# hours left"]);
}
