/* Colours that can be told apart, on dark ground and on light; dashes take over where they repeat. */

const COLORS = [
  "#3b82c4",
  "#d9722e",
  "#3d9a5f",
  "#c4456a",
  "#8a6bc9",
  "#a8842a",
  "#2a9d9d",
  "#b0559f",
  "#6b7f93",
  "#7a9a2e",
];
const DASHES: number[][] = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

export const color = (index: number): string => COLORS[index % COLORS.length] as string;
export const dash = (index: number): number[] =>
  DASHES[Math.floor(index / COLORS.length) % DASHES.length] as number[];

/** From low to high, as seen by those who do not see all colours too (after viridis). */
export function shade(part: number): string {
  const stops = [
    [68, 58, 131],
    [49, 104, 142],
    [33, 145, 140],
    [83, 190, 105],
    [214, 205, 50],
  ];
  const at = Math.min(0.9999, Math.max(0, part)) * (stops.length - 1);
  const [from = [], to = []] = [stops[Math.floor(at)], stops[Math.floor(at) + 1]];
  return `rgb(${from.map((value, index) => Math.round(value + ((to[index] ?? 0) - value) * (at % 1))).join(" ")})`;
}
