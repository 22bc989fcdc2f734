// Runs before the page's modules, and where they cannot.
{
  const trouble = document.getElementById("trouble");
  const say = (text) => {
    trouble.textContent = text;
    trouble.hidden = false;
  };
  if (location.protocol === "file:") {
    say(
      "A browser runs this page only from a web server, not from a file. In the source folder, “cargo xtask serve” starts one; or copy the folder that this file lies in to any server.",
    );
  } else {
    // Errors of scripts that cannot be loaded do not bubble; main.ts takes the listener away.
    window.onstartfails = ({ message, target }) =>
      say(
        `The page could not start: ${message || `${target.src || target.href} could not be loaded`}. Reload it; if that does not help, try another browser or a newer one.`,
      );
    addEventListener("error", window.onstartfails, true);
  }
  // Some systems have a language that is no language tag, at which libraries fail while they load.
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en" });
  }
}
