// Which addresses a worker may be started from, where the browser asks (Trusted Types): those of our own
// server. Import it first, in the page and in each worker that starts others.

/** As much of Trusted Types as we use. */
type Factory = {
  createPolicy<T extends Record<string, (...given: never[]) => string | null>>(
    name: string,
    rules: T,
  ): T;
};

export const { trustedTypes } = self as { trustedTypes?: Factory };

trustedTypes?.createPolicy("default", {
  createScriptURL: (address: string) =>
    new URL(address, self.location.href).origin === self.location.origin
      ? address
      : null,
});
