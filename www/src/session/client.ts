// The page's client: it begins to load a core for the backend that the address asks for.
import { Client } from "../core/client.ts";
import type { Settings } from "../protocol.ts";
import * as address from "./address.ts";

const { backend } = Object.fromEntries(
  address.read(location.search).settings,
) as Partial<Settings>;
export const client = new Client(backend ?? "auto");
