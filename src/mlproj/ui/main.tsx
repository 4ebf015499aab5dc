import { render } from "preact";
import { App } from "./app";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/table.css";
import "./styles/run.css";
import "./styles/charts.css";

const root = document.getElementById("app");
if (root) render(<App />, root);
