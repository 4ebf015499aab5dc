/* Numbers, times and sizes as people read them. */
import type { Double } from "../api/types";

export function number(value: Double | string | undefined): string {
  if (value === undefined || value === "") return "";
  const parsed = typeof value === "number" ? value : Number(value);
  if (Number.isNaN(parsed)) return String(value);
  if (Number.isInteger(parsed) && Math.abs(parsed) < 1e9) return String(parsed);
  const size = Math.abs(parsed);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return parsed.toExponential(3);
  return String(Number(parsed.toPrecision(5)));
}

export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const UNITS: [number, string][] = [
  [60, "s"],
  [60, "min"],
  [24, "h"],
  [30, "d"],
];

export function ago(time: number, now: number): string {
  let left = (now - time) / 1000;
  if (left < 5) return "now";
  for (const [size, unit] of UNITS) {
    if (left < size) return `${Math.floor(left)} ${unit} ago`;
    left /= size;
  }
  return moment(time).slice(0, 10);
}

export function moment(time: number): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return "";
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

export function bytes(size: number | undefined): string {
  if (size === undefined) return "";
  let left = size;
  for (const unit of ["B", "kB", "MB", "GB"]) {
    if (left < 1000) return `${unit === "B" ? left : left.toPrecision(3)} ${unit}`;
    left /= 1000;
  }
  return `${left.toPrecision(3)} TB`;
}

export const short = (id: string): string => id.slice(0, 8);

/** A word as a POSIX shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

export function plural(count: number, word: string): string {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}
