// Numbers over steps in bounded memory: when full, neighbours are averaged and the stride doubles.

const LIMIT = 2048;

type Point = { step: number; values: Record<string, number> };

/** All of a series, as plain data. */
export type SeriesState = {
  steps: number[];
  columns: Record<string, number[]>;
  stride: number;
  pending: Point[];
};

export class Series {
  /** Step of each point. */
  steps: number[] = [];
  /** Values by name, one for each point. */
  columns: Record<string, number[]> = {};
  #stride = 1;
  #pending: Point[] = [];

  /** A series that goes on where another was. */
  static from({ steps, columns, stride, pending }: SeriesState): Series {
    const series = new Series();
    series.steps = [...steps];
    for (const [name, column] of Object.entries(columns)) {
      series.columns[name] = [...column];
    }
    series.#stride = stride;
    series.#pending = [...pending];
    // Who has no page to draw on keeps all points.
    while (series.steps.length >= LIMIT) series.#halve();
    return series;
  }

  /** What it is now, whatever is added later. */
  get state(): SeriesState {
    const columns = Object.entries(this.columns).map(
      ([name, column]): [string, number[]] => [name, [...column]],
    );
    return {
      steps: [...this.steps],
      columns: Object.fromEntries(columns),
      stride: this.#stride,
      pending: [...this.#pending],
    };
  }

  /** Adds a point. A step that is not beyond the last takes back what came after it. */
  push(step: number, values: Record<string, number>): void {
    if (step <= (this.steps.at(-1) ?? -1)) this.#cut(step);
    this.#pending.push({ step, values });
    if (this.#pending.length < this.#stride) return;
    this.steps.push(step);
    for (const name of Object.keys(values)) {
      const column = (this.columns[name] ??= []);
      while (column.length < this.steps.length - 1) column.push(NaN);
      column.push(mean(this.#pending.map((point) => point.values[name]!)));
    }
    this.#pending = [];
    if (this.steps.length >= LIMIT) this.#halve();
  }

  clear(): void {
    this.steps = [];
    this.columns = {};
    this.#stride = 1;
    this.#pending = [];
  }

  #cut(step: number): void {
    let keep = this.steps.length;
    while (keep > 0 && this.steps[keep - 1]! >= step) keep--;
    this.steps.length = keep;
    for (const column of Object.values(this.columns)) {
      column.length = Math.min(column.length, keep);
    }
    this.#pending = [];
    if (keep === 0) this.clear();
  }

  #halve(): void {
    const pairs = (column: number[]) =>
      column.flatMap((value, i) =>
        i % 2 === 1 ? [(column[i - 1]! + value) / 2] : [],
      );
    this.steps = this.steps.filter((_, i) => i % 2 === 1);
    for (const name of Object.keys(this.columns)) {
      this.columns[name] = pairs(this.columns[name]!);
    }
    this.#stride *= 2;
  }
}

/** Exponential mean, started at the first value; `weight` 0 leaves the line as it is. */
export function smooth(column: number[], weight: number): number[] {
  let last = NaN;
  return column.map((value) => {
    if (!Number.isFinite(value)) return last;
    last = Number.isNaN(last) ? value : weight * last + (1 - weight) * value;
    return last;
  });
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
