// What a visit needs of a browser.

/** A browser with one page. Every call has a time limit of its own. */
export type Driver = {
  open(address: string): Promise<void>;
  /** What a function gives in the page; it may use nothing from around it. */
  evaluate<T>(look: () => T): Promise<T>;
  /** Clicks in the middle of the element of an XPath, as a hand would. */
  click(path: string): Promise<void>;
  /** Gives files of this machine to the file input of an XPath. */
  setFiles(path: string, files: string[]): Promise<void>;
  close(): Promise<void>;
};

/** Milliseconds a call may take: a page that hangs would hold it for ever. */
export const LIMIT = 60_000;
