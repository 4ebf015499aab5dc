/* A question in the way: the browser's own dialog, which keeps the focus and closes on Escape. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

interface DialogProps {
  title: string;
  action: string;
  danger?: boolean;
  close: () => void;
  confirm: () => Promise<unknown>;
  children: ComponentChildren;
}

export function Dialog({ title, action, danger, close, confirm, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => element.current?.showModal(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await confirm();
      close();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
      setBusy(false);
    }
  };
  return (
    <dialog ref={element} onClose={close} aria-label={title}>
      <form onSubmit={(event) => void submit(event)}>
        <h2>{title}</h2>
        {children}
        {error && (
          <p class="wrong" role="alert">
            {error}
          </p>
        )}
        <div class="buttons">
          <button type="button" onClick={close}>
            Cancel
          </button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={busy}>
            {action}
          </button>
        </div>
      </form>
    </dialog>
  );
}
