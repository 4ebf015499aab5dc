/* Where the page is: the part of the address after `#`, so that every view can be shared. */
import { signal } from "@preact/signals";

export interface Place {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export type Query = Record<string, string | null | undefined>;

function read(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s, 2);
  return { path: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export const place = signal<Place>(read());

addEventListener("hashchange", () => {
  place.value = read();
});

export function href(path: readonly string[], query: Query = {}): string {
  const given = Object.entries(query).filter((pair): pair is [string, string] => !!pair[1]);
  const text = new URLSearchParams(given).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export function go(path: readonly string[], query: Query = {}): void {
  location.hash = href(path, query);
}

/** The same place with some of its query changed; no step in the browser's history. */
export function adjust(changes: Query): void {
  const { path, query } = place.value;
  const target = href(path, { ...Object.fromEntries(query), ...changes });
  history.replaceState(null, "", target);
  place.value = read();
}

export function listed(text: string | null): string[] {
  return (text ?? "").split(",").filter(Boolean).map(decoded);
}

export function joined(items: readonly string[]): string {
  return items.map(encodeURIComponent).join(",");
}
