/* The field for a filter: completes names and operators, and says where a filter goes wrong. */
import { useEffect, useRef, useState } from "preact/hooks";
import { columnNames } from "../api/calls";
import { ApiError } from "../api/client";
import type { Columns } from "../api/types";
import { type Completion, complete, isFilter } from "./filter";

const NOTHING: Columns = { metrics: [], params: [], tags: [] };
const CLOSED: Completion = { from: 0, options: [] };

interface FilterProps {
  text: string;
  experiments: readonly string[];
  error: unknown;
  apply: (text: string) => void;
}

export function FilterField({ text, experiments, error, apply }: FilterProps) {
  const field = useRef<HTMLInputElement>(null);
  const [columns, setColumns] = useState<Columns>(NOTHING);
  const [offer, setOffer] = useState<Completion>(CLOSED);
  const [chosen, setChosen] = useState(-1);
  useEffect(() => {
    if (field.current && field.current.value !== text) field.current.value = text;
  }, [text]);
  const typed = useRef(false);
  const learn = () =>
    void columnNames(experiments).then(
      (found) => {
        setColumns(found);
        if (typed.current && document.activeElement === field.current) suggest(found);
      },
      () => undefined,
    );
  const suggest = (known = columns) => {
    const { value, selectionStart } = field.current as HTMLInputElement;
    setOffer(complete(value, selectionStart ?? value.length, known));
    setChosen(-1);
  };
  const close = () => setOffer(CLOSED);
  const take = (option: string) => {
    const input = field.current as HTMLInputElement;
    const caret = input.selectionStart ?? input.value.length;
    input.setRangeText(`${option} `, offer.from, caret, "end");
    input.focus();
    suggest();
  };
  const submit = () => {
    close();
    apply(field.current?.value.trim() ?? "");
  };
  const onKey = (event: KeyboardEvent) => {
    const { length } = offer.options;
    if (event.key === "Escape" && length) close();
    else if (event.key === "ArrowDown" && length) setChosen((chosen + 1) % length);
    else if (event.key === "ArrowUp" && length) setChosen(chosen <= 0 ? length - 1 : chosen - 1);
    else if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) take(offer.options[chosen] ?? "");
    else if (event.key === "Enter") submit();
    else return;
    event.preventDefault();
  };
  const place = error instanceof ApiError && text && isFilter(text) ? error.position : undefined;
  const wrong = error instanceof ApiError && error.status === 400 && !!text;
  return (
    <div class="filter">
      <input
        ref={field}
        type="text"
        role="combobox"
        aria-label="Search by name, or filter"
        aria-expanded={offer.options.length > 0}
        aria-controls="filter-options"
        aria-autocomplete="list"
        aria-invalid={wrong}
        {...(wrong ? { "aria-describedby": "filter-error" } : {})}
        {...(chosen >= 0 ? { "aria-activedescendant": `filter-option-${chosen}` } : {})}
        placeholder="Name, or metrics.loss < 0.5 AND params.model = 'tree'"
        spellcheck={false}
        autocomplete="off"
        defaultValue={text}
        onFocus={learn}
        onInput={() => {
          typed.current = true;
          suggest();
        }}
        onBlur={() => {
          typed.current = false;
          close();
        }}
        onKeyDown={onKey}
      />
      {text && (
        <button type="button" class="quiet" onClick={() => apply("")} aria-label="Clear the filter">
          ✕
        </button>
      )}
      <ul id="filter-options" role="listbox" aria-label="Completions" hidden={!offer.options.length}>
        {offer.options.map((option, index) => (
          <li
            key={option}
            id={`filter-option-${index}`}
            role="option"
            aria-selected={index === chosen}
            onMouseDown={(event) => {
              event.preventDefault();
              take(option);
            }}
          >
            {option}
          </li>
        ))}
      </ul>
      {wrong && (
        <div class="filter-error" id="filter-error" role="alert">
          {place !== undefined && <Place text={text} at={place} />}
          <span>{brief(error.message)}</span>
        </div>
      )}
    </div>
  );
}

/** The filter with the place marked where it cannot be read. */
function Place({ text, at }: { text: string; at: number }) {
  const end = at + Math.max(1, /^\S*/.exec(text.slice(at))?.[0].length ?? 1);
  return (
    <code>
      {text.slice(0, at)}
      <mark>{text.slice(at, end) || " "}</mark>
      {text.slice(end)}
    </code>
  );
}

const brief = (message: string): string => message.replace(/^Invalid filter or order '.*': /s, "");
