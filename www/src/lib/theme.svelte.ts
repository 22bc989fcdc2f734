// Dark or light: as the system says, until the learner chooses.

export type Choice = "auto" | "dark" | "light";

const system = matchMedia("(prefers-color-scheme: dark)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

class Theme {
  choice = $state<Choice>(stored());
  #system = $state(system.matches);
  dark = $derived(
    this.choice === "auto" ? this.#system : this.choice === "dark",
  );
  /** Whether motion is unwelcome. */
  still = $state(still.matches);

  constructor() {
    system.addEventListener("change", ({ matches }) => {
      this.#system = matches;
    });
    still.addEventListener("change", ({ matches }) => {
      this.still = matches;
    });
    document.documentElement.dataset.theme = this.choice;
  }

  choose(choice: Choice): void {
    this.choice = choice;
    document.documentElement.dataset.theme = choice;
    try {
      localStorage.setItem("theme", choice);
    } catch {
      // Without storage the choice lasts until the page is closed.
    }
  }
}

function stored(): Choice {
  try {
    const text = localStorage.getItem("theme");
    if (text === "dark" || text === "light") return text;
  } catch {
    // No storage: as the system says.
  }
  return "auto";
}

export const theme = new Theme();
