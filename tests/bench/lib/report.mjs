// What the benchmark says: tables to read, and a JSON line for each row.
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

export class Report {
  #file;
  #run = new Date().toISOString();
  #section = "machine";
  /** What went wrong; the command then fails. */
  faults = [];

  constructor(file) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
  }

  section(name, title) {
    this.#section = name;
    console.log(`\n== ${name}: ${title}`);
  }

  note(text) {
    console.log(`   ${text}`);
    this.record({ note: text });
  }

  fault(text) {
    this.faults.push(`${this.#section}: ${text}`);
    console.log(`   WRONG: ${text}`);
    this.record({ fault: text });
  }

  /** A line for machines alone. */
  record(row) {
    const line = { run: this.#run, section: this.#section, ...row };
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
  }

  /**
   * @param {object[]} rows what was measured, one JSON line each
   * @param {Record<string, (row: any) => string>} columns how a row is shown, by heading
   */
  table(rows, columns) {
    for (const row of rows) this.record(row);
    const headings = Object.keys(columns);
    const lines = rows.map((row) => headings.map((name) => columns[name](row)));
    const widths = headings.map((heading, i) =>
      Math.max(heading.length, ...lines.map((line) => line[i].length)),
    );
    const show = (cells) =>
      cells
        .map((cell, i) =>
          i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
        )
        .join("  ");
    console.log(`   ${show(headings)}`);
    for (const line of lines) console.log(`   ${show(line)}`);
  }
}

/** A number for people: three digits that count, or a dash. */
export function short(value, unit = "") {
  if (value === null || value === undefined || Number.isNaN(value)) return "-";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(Number.isInteger(value) ? 0 : digits) + unit;
}

export const times = (value) => (value === null ? "-" : `${short(value)} x`);
export const percent = (part) =>
  part === null ? "-" : short(100 * part, " %");
export const megabytes = (bytes) => short(bytes / 1e6, " MB");
export const kilobytes = (bytes) => short(bytes / 1e3, " kB");
