// Dark or light: as the system says, until the learner chooses.
import { recall, remember } from "./remembered.ts";

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
    remember("theme", choice);
  }
}

function stored(): Choice {
  const text = recall("theme");
  return text === "dark" || text === "light" ? text : "auto";
}

export const theme = new Theme();
