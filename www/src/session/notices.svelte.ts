// What the learner is told: notices, what is wrong at which control, and milestones for a screen reader.

/** What can be done about it, by a button. */
export type Offer = { label: string; act: () => void };

/** Something the learner should know, until it is put away. */
export type Notice = {
  id: number;
  text: string;
  /** The setting at fault. */
  path: string | null;
  error: boolean;
  /** Whether it is said at the control itself. */
  shown: boolean;
  offers: Offer[];
};

/** Milliseconds for which news that ask for nothing stay. */
const NEWS = 12_000;

class Notices {
  list = $state.raw<Notice[]>([]);
  /** What a screen reader is told; milestones only. */
  milestone = $state("");
  /** The setting that was changed last by its control. */
  touched = "";
  #count = 0;

  /** Shows a notice and tells it to screen readers. News go by themselves unless they stay. */
  tell(
    text: string,
    path: string | null = null,
    error = true,
    offers: Offer[] = [],
    stays = error,
  ): void {
    // The latest news take the place of the last.
    const others = this.list.filter(
      (notice) => notice.text !== text && (error || notice.error),
    );
    const id = ++this.#count;
    const shown = path === this.touched;
    this.list = [...others.slice(-3), { id, text, path, error, shown, offers }];
    this.milestone = text;
    if (!stays) setTimeout(() => this.dismiss(id), NEWS);
  }

  /** Tells news, and what can be done about them. */
  offer(text: string, offers: Offer[]): void {
    this.tell(text, null, false, offers);
  }

  dismiss(id: number): void {
    this.list = this.list.filter((notice) => notice.id !== id);
  }

  /** Forgets what is not so any more. */
  withdraw(text: string): void {
    this.list = this.list.filter((notice) => notice.text !== text);
  }

  /** Forgets what was said of a control. */
  settle(path: string): void {
    if (this.problem(path)) {
      this.list = this.list.filter((notice) => notice.path !== path);
    }
  }

  /** Forgets what was said of any control. */
  settleAll(): void {
    this.list = this.list.filter(({ path }) => path === null);
  }

  problem(path: string): string | undefined {
    return this.list.findLast((notice) => notice.path === path)?.text;
  }
}

export const notices = new Notices();
