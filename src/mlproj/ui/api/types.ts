/* What the API answers; unset fields are left out there. */

export type Status = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";
export type Double = number | "NaN" | "Infinity" | "-Infinity";

export interface Tag {
  key: string;
  value?: string;
}

export interface Experiment {
  experiment_id: string;
  name: string;
  lifecycle_stage: string;
  creation_time?: number;
}

export interface Row {
  run_id: string;
  run_name?: string;
  experiment_id: string;
  user_id?: string;
  status: Status;
  start_time: number;
  end_time?: number;
  lifecycle_stage: string;
  marks?: Tag[];
  values?: string[];
}

export interface Rows {
  columns: string[];
  rows?: Row[];
  next_page_token?: string;
  /** How many a search finds, and how many there are without its filter. */
  total?: number;
  unfiltered?: number;
}

export interface Columns {
  metrics: string[];
  params: string[];
  tags: string[];
}

export interface Metric {
  key: string;
  value: Double;
  timestamp: number;
  step?: number;
}

export interface DatasetInput {
  tags?: Tag[];
  dataset: { name: string; digest: string; source_type?: string; source?: string };
}

export interface Run {
  info: Omit<Row, "marks" | "values"> & { artifact_uri?: string };
  data: { metrics?: Metric[]; params?: Tag[]; tags?: Tag[] };
  inputs: { dataset_inputs?: DatasetInput[]; model_inputs?: { model_id: string }[] };
  outputs: { model_outputs?: { model_id: string; step?: number }[] };
}

export interface Curve {
  run_id: string;
  at: number[];
  values: Double[];
  exact: boolean;
}

export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  user_id?: string;
  current_stage: string;
  description: string;
  source?: string;
  run_id?: string;
  status: string;
  tags?: Tag[];
  aliases?: string[];
}

export interface RegisteredModel {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string;
  latest_versions?: ModelVersion[];
  tags?: Tag[];
  aliases?: { alias: string; version: string }[];
}

export interface FileFact {
  path: string;
  size: number;
  sha256: string;
}

/** `run.json`; readers ignore what they do not know, and do without what is not there. */
export interface RunRecord {
  project?: string | null;
  entry_point?: string;
  command?: string | null;
  arguments?: string[];
  source?: {
    uri?: string;
    kind?: string;
    version?: string | null;
    commit?: string | null;
    branch?: string | null;
    repository?: string | null;
    subdirectory?: string | null;
    dirty?: boolean | null;
    tree_hash?: string | null;
    capture?: {
      diff?: string | null;
      files?: string | null;
      snapshot?: string | null;
      dropped?: { path: string; reason: string }[];
    } | null;
  };
  parameters?: Record<string, { value: string | null; type: string; origin: string; declared: boolean }>;
  environment?: {
    kind: string;
    manager: string;
    python?: string | null;
    interpreter?: string | null;
    lock_format?: string | null;
    lock_hash?: string | null;
    lock?: string | null;
    image?: { name: string; id: string; digest?: string | null } | null;
    packages?: Record<string, string>;
  } | null;
  inputs?: Record<string, { declared: string; files?: FileFact[] }>;
  outputs?: Record<string, { declared: string; files?: FileFact[]; stored?: string }>;
  seed?: number | null;
  variables?: Record<string, string | null>;
  hardware?: { cpu?: string | null; cpus?: number | null; memory?: number | null; gpus?: string[] };
  system?: { os?: string | null; libc?: string | null; machine?: string | null; kernel?: string | null };
  peaks?: Record<string, number>;
  phases?: Record<string, number>;
  exit_code?: number | null;
  end_reason?: string | null;
  mlproj_version?: string | null;
}
