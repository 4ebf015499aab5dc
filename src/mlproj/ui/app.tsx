import { useEffect } from "preact/hooks";
import { CompareView } from "./compare/view";
import { WhyView } from "./compare/why";
import { ModelView } from "./models/model";
import { ModelsView } from "./models/list";
import { Empty } from "./parts/states";
import { RunView } from "./run/view";
import { RunsView } from "./runs/view";
import { loadExperiments } from "./state/experiments";
import { href, listed, place } from "./state/router";

export function App() {
  const { path } = place.value;
  const section = path[0] ?? "runs";
  useEffect(() => void loadExperiments(), []);
  useEffect(() => {
    if (section !== "runs") document.getElementById("main")?.scrollTo(0, 0);
    document.title = section === "runs" ? "mlproj" : `${path.slice(0, 2).join(" ")} · mlproj`;
  }, [path.join("/")]);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event)}>
        To the contents
      </a>
      <header class="top">
        <a class="brand" href={href([])}>
          mlproj
        </a>
        <nav aria-label="Sections">
          <a href={href(["runs"])} aria-current={section === "models" ? undefined : "page"}>
            Runs
          </a>
          <a href={href(["models"])} aria-current={section === "models" ? "page" : undefined}>
            Models
          </a>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        <View />
      </main>
    </>
  );
}

/** The address says what is shown, so the link may not change it. */
function skip(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function View() {
  const { path, query } = place.value;
  const [section = "runs", name = ""] = path;
  switch (section) {
    case "runs":
      return <RunsView />;
    case "run":
      return <RunView key={name} runId={name} tab={query.get("tab") ?? "overview"} />;
    case "compare":
      return <CompareView ids={listed(query.get("runs"))} />;
    case "why":
      return <WhyView first={query.get("a") ?? ""} second={query.get("b") ?? ""} />;
    case "models":
      return name ? <ModelView key={name} name={name} /> : <ModelsView />;
    default:
      return (
        <Empty title="There is no such view">
          <p>
            <a href={href([])}>Look at the runs</a>
          </p>
        </Empty>
      );
  }
}
