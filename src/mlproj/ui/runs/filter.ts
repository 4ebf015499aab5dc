/* The search language as far as the page has to know it: where the caret is, and what may come there. */
import type { Columns } from "../api/types";

const TOKEN = /'(?:[^']|'')*'?|`[^`]*`?|"[^"]*"?|[<>!]=|[=<>(),]|[^\s=<>!(),'"`]+(?:`[^`]*`?|"[^"]*"?)?/g;
const OPERATORS = {
  number: ["=", "!=", "<", "<=", ">", ">="],
  text: ["=", "!=", "LIKE", "ILIKE", "IS NULL"],
};
const ATTRIBUTES = ["run_name", "status", "user_id", "start_time", "end_time", "run_id"];
const NUMBERS = new Set(["start_time", "end_time", "created"]);
const STATUSES = ["FINISHED", "FAILED", "RUNNING", "KILLED", "SCHEDULED"];
const MOST = 12;

export interface Completion {
  /** Where the text that is replaced begins. */
  from: number;
  options: string[];
}

/** Whether a text is a filter, and no name to look for. */
export const isFilter = (text: string): boolean => /[=<>`'"]|\sIS\s+(NOT\s+)?NULL\b/i.test(text);

/** What the API is asked: a filter as it is, other words as a part of a run's name. */
export function filterOf(text: string): string {
  const trimmed = text.trim();
  if (!trimmed || isFilter(trimmed)) return trimmed;
  return `attributes.run_name ILIKE '%${trimmed.replaceAll("'", "''")}%'`;
}

const key = (entity: string, name: string): string =>
  /^[\w./-]+$/.test(name) ? `${entity}.${name}` : `${entity}.\`${name}\``;

export function names(columns: Columns): string[] {
  return [
    ...columns.metrics.map((name) => key("metrics", name)),
    ...columns.params.map((name) => key("params", name)),
    ...ATTRIBUTES,
    ...columns.tags.map((name) => key("tags", name)),
  ];
}

export function complete(text: string, caret: number, columns: Columns): Completion {
  const before = text.slice(0, caret);
  const tokens = [...before.matchAll(TOKEN)];
  const last = tokens.at(-1);
  const touching = last && last.index + last[0].length === caret;
  const word = touching && !/^[=<>!(,]/.test(last[0]) ? last[0] : "";
  const done = tokens.slice(0, word ? -1 : undefined).map((token) => token[0]);
  return { from: caret - word.length, options: matching(candidates(done, columns), word) };
}

/** What may follow the words of a filter. */
function candidates(words: readonly string[], columns: Columns): string[] {
  const clause = words.slice(words.findLastIndex((word) => /^and$/i.test(word)) + 1);
  const [name, operator, value] = clause;
  if (!name) return names(columns);
  if (!operator) return OPERATORS[isNumber(name) ? "number" : "text"];
  if (value === undefined) {
    if (/^is$/i.test(operator)) return ["NULL", "NOT NULL"];
    return /status$/.test(name) ? STATUSES.map((status) => `'${status}'`) : [];
  }
  return ["AND"];
}

const isNumber = (name: string): boolean =>
  /^metrics?\./.test(name) || NUMBERS.has(name.replace(/^(attributes?|attr|run)\./, ""));

function matching(options: readonly string[], word: string): string[] {
  const wanted = word.toLowerCase();
  const begin = options.filter((option) => option.toLowerCase().startsWith(wanted) && option !== word);
  const within = options.filter((option) => !begin.includes(option) && option.toLowerCase().includes(wanted));
  return [...begin, ...within.filter((option) => option !== word)].slice(0, MOST);
}
