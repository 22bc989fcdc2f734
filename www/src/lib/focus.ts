// Focus that would be lost with what is taken away.
import { tick } from "svelte";

/** An attachment: if this has the focus when it goes, what had it before gets it back, or else the element marked
 * `data-home`. Otherwise keys would begin anew at the top of the page. */
export function returnFocus(element: HTMLElement): () => void {
  let inside = false;
  let before: HTMLElement | null = null;
  const own = (target: EventTarget | null) => element.contains(target as Node);

  function entered({ relatedTarget }: FocusEvent): void {
    if (!inside) before = relatedTarget as HTMLElement | null;
    inside = true;
  }
  function left({ relatedTarget }: FocusEvent): void {
    if (relatedTarget) inside = own(relatedTarget);
    else if (document.hasFocus()) {
      // Who clicks beside it has left; who sees it go has not.
      queueMicrotask(() => (inside &&= !element.isConnected));
    }
  }

  element.addEventListener("focusin", entered);
  element.addEventListener("focusout", left);
  return () => {
    element.removeEventListener("focusin", entered);
    element.removeEventListener("focusout", left);
    if (!inside) return;
    void tick().then(() => {
      if (document.activeElement !== document.body) return;
      const there = before?.isConnected
        ? before
        : document.querySelector<HTMLElement>("[data-home]");
      there?.focus({ preventScroll: true });
    });
  };
}
