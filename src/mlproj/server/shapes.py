"""What requests and answers hold, endpoint by endpoint, in a few words that OpenAPI is made from.

A shape is a list of `name`, `name:type` or `name!` (always there). Types are `string` where none is given, the scalars
and choices below, the names of entities, and any of these with `[]` for a list.
"""

ENTITIES = {
    "Tag": "key! value",
    "Experiment": "experiment_id! name! artifact_location lifecycle_stage! creation_time:int64 last_update_time:int64"
    " tags:Tag[]",
    "Metric": "key! value!:double timestamp!:int64 step:int64 model_id dataset_name dataset_digest run_id",
    "Point": "key! value!:double timestamp!:int64 step:int64 model_id dataset_name dataset_digest",
    "Dataset": "name! digest! source_type source schema profile",
    "DatasetInput": "tags:Tag[] dataset!:Dataset",
    "DatasetSummary": "experiment_id! name! digest! context",
    "ModelInput": "model_id!",
    "ModelOutput": "model_id! step:int64",
    "RunInfo": "run_id! run_uuid! run_name experiment_id! user_id! status!:RunStatus start_time:int64 end_time:int64"
    " artifact_uri lifecycle_stage!",
    "RunData": "metrics:Metric[] params:Tag[] tags:Tag[]",
    "RunInputs": "dataset_inputs:DatasetInput[] model_inputs:ModelInput[]",
    "RunOutputs": "model_outputs:ModelOutput[]",
    "Run": "info!:RunInfo data!:RunData inputs!:RunInputs outputs!:RunOutputs",
    "File": "path! is_dir!:bool file_size:int64",
    "LoggedModelInfo": "model_id! experiment_id! name! creation_timestamp_ms!:int64 last_updated_timestamp_ms!:int64"
    " artifact_uri! status!:LoggedModelStatus model_type source_run_id tags:Tag[]",
    "LoggedModelData": "params:Tag[] metrics:Metric[]",
    "LoggedModel": "info!:LoggedModelInfo data!:LoggedModelData",
    "LoggedModelOrder": "field_name! ascending:bool dataset_name dataset_digest",
    "MeasuredOn": "dataset_name! dataset_digest",
    "Alias": "alias! version!",
    "RegisteredModel": "name! creation_timestamp!:int64 last_updated_timestamp!:int64 description"
    " latest_versions:ModelVersion[] tags:Tag[] aliases:Alias[]",
    "ModelParam": "name! value",
    "ModelVersion": "name! version! creation_timestamp!:int64 last_updated_timestamp!:int64 user_id"
    " current_stage!:Stage description! source run_id status! model_id run_link! tags:Tag[] aliases:string[]"
    " model_params:ModelParam[] model_metrics:Metric[]",
    "VersionChange": "timestamp!:int64 user_id action! detail",
    "Row": "run_id! run_name experiment_id! user_id status!:RunStatus start_time!:int64 end_time:int64"
    " lifecycle_stage! marks:Tag[] values:string[]",
    "Cause": "kind! name! before after text! detail",
    "Curve": "run_id! at:int64[] values:double[] exact!:bool",
    "Error": "error_code! message! position:int32",
}
CHOICES = {
    "RunStatus": ("RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"),
    "ViewType": ("ACTIVE_ONLY", "DELETED_ONLY", "ALL"),
    "LoggedModelStatus": (
        "LOGGED_MODEL_STATUS_UNSPECIFIED",
        "LOGGED_MODEL_PENDING",
        "LOGGED_MODEL_READY",
        "LOGGED_MODEL_UPLOAD_FAILED",
    ),
    "Axis": ("step", "timestamp"),
    "Stage": ("None", "Staging", "Production", "Archived"),
}

_OPTIONAL_PARTS = ("workspaces", "trace_archival", "multipart_uploads", "multipart_downloads")
_SEARCH = "filter max_results:int32 order_by:string[] page_token"
_PAGE = "filter max_results:int32 page_token"
_EXPERIMENTS = "max_results!:int32 page_token filter order_by:string[] view_type:ViewType"
_RUN = "run_id run_uuid"
_RUNS = "experiment_ids:string[] filter run_view_type:ViewType max_results:int32 order_by:string[] page_token"
_VERSION = "name! version!"
ENDPOINTS: dict[str, tuple[str, str]] = {
    "POST experiments/create": ("name! artifact_location tags:Tag[]", "experiment_id!"),
    "GET experiments/get": ("experiment_id!", "experiment!:Experiment"),
    "GET experiments/get-by-name": ("experiment_name!", "experiment!:Experiment"),
    "POST experiments/search": (_EXPERIMENTS, "experiments:Experiment[] next_page_token"),
    "GET experiments/search": (_EXPERIMENTS, "experiments:Experiment[] next_page_token"),
    "POST experiments/delete": ("experiment_id!", ""),
    "POST experiments/restore": ("experiment_id!", ""),
    "POST experiments/update": ("experiment_id! new_name!", ""),
    "POST experiments/set-experiment-tag": ("experiment_id! key! value", ""),
    "POST experiments/delete-experiment-tag": ("experiment_id! key!", ""),
    "POST experiments/search-datasets": ("experiment_ids!:string[]", "dataset_summaries:DatasetSummary[]"),
    "POST runs/create": ("experiment_id! user_id run_name start_time:int64 tags:Tag[]", "run!:Run"),
    "GET runs/get": (_RUN, "run!:Run"),
    "POST runs/update": (f"{_RUN} status:RunStatus end_time:int64 run_name", "run_info!:RunInfo"),
    "POST runs/delete": (_RUN, ""),
    "POST runs/restore": (_RUN, ""),
    "POST runs/search": (
        _RUNS,
        "runs:Run[] next_page_token",
    ),
    "POST runs/log-parameter": (f"{_RUN} key! value", ""),
    "POST runs/log-metric": (
        f"{_RUN} key! value!:double timestamp!:int64 step:int64 model_id dataset_name dataset_digest",
        "",
    ),
    "POST runs/log-batch": ("run_id! metrics:Point[] params:Tag[] tags:Tag[]", ""),
    "POST runs/set-tag": (f"{_RUN} key! value", ""),
    "POST runs/delete-tag": (f"{_RUN} key!", ""),
    "POST runs/log-inputs": (f"{_RUN} datasets:DatasetInput[] models:ModelInput[]", ""),
    "POST runs/outputs": (f"{_RUN} models!:ModelOutput[]", ""),
    "POST runs/log-model": (f"{_RUN} model_json!", ""),
    "GET metrics/get-history": (
        f"{_RUN} metric_key! max_results:int32 page_token",
        "metrics:Metric[] next_page_token",
    ),
    "GET metrics/get-history-bulk": ("run_id!:string[] metric_key! max_results:int32", "metrics!:Metric[]"),
    "GET metrics/get-history-bulk-interval": (
        "run_ids!:string[] metric_key! start_step:int64 end_step:int64 max_results:int32",
        "metrics:Metric[]",
    ),
    "GET artifacts/list": (f"{_RUN} path", "root_uri! files:File[]"),
    "GET logged-models/{model_id}/artifacts/directories": ("artifact_directory_path", "root_uri! files:File[]"),
    "POST logged-models": (
        "experiment_id! name model_type source_run_id params:Tag[] tags:Tag[]",
        "model!:LoggedModel",
    ),
    "POST logged-models/search": (
        f"experiment_ids!:string[] datasets:MeasuredOn[] order_by:LoggedModelOrder[] {_PAGE}",
        "models:LoggedModel[] next_page_token",
    ),
    "GET logged-models/{model_id}": ("allow_deleted:bool", "model!:LoggedModel"),
    "PATCH logged-models/{model_id}": ("status!:LoggedModelStatus", "model!:LoggedModel"),
    "DELETE logged-models/{model_id}": ("", ""),
    "PATCH logged-models/{model_id}/tags": ("tags:Tag[]", "model!:LoggedModel"),
    "DELETE logged-models/{model_id}/tags/{tag_key:path}": ("", ""),
    "POST logged-models/{model_id}/params": ("params:Tag[]", ""),
    "POST registered-models/create": ("name! description tags:Tag[]", "registered_model!:RegisteredModel"),
    "GET registered-models/get": ("name!", "registered_model!:RegisteredModel"),
    "POST registered-models/rename": ("name! new_name!", "registered_model!:RegisteredModel"),
    "PATCH registered-models/update": ("name! description", "registered_model!:RegisteredModel"),
    "DELETE registered-models/delete": ("name!", ""),
    "GET registered-models/search": (_SEARCH, "registered_models:RegisteredModel[] next_page_token"),
    "POST registered-models/get-latest-versions": ("name! stages:string[]", "model_versions:ModelVersion[]"),
    "GET registered-models/get-latest-versions": ("name! stages:string[]", "model_versions:ModelVersion[]"),
    "POST registered-models/set-tag": ("name! key! value", ""),
    "DELETE registered-models/delete-tag": ("name! key!", ""),
    "POST registered-models/alias": ("name! alias! version!", ""),
    "DELETE registered-models/alias": ("name! alias!", ""),
    "GET registered-models/alias": ("name! alias!", "model_version!:ModelVersion"),
    "POST model-versions/create": (
        "name! source! run_id run_link description model_id tags:Tag[]",
        "model_version!:ModelVersion",
    ),
    "GET model-versions/get": (_VERSION, "model_version!:ModelVersion"),
    "PATCH model-versions/update": (f"{_VERSION} description", "model_version!:ModelVersion"),
    "POST model-versions/transition-stage": (
        f"{_VERSION} stage! archive_existing_versions:bool",
        "model_version!:ModelVersion",
    ),
    "DELETE model-versions/delete": (_VERSION, ""),
    "GET model-versions/search": (_SEARCH, "model_versions:ModelVersion[] next_page_token"),
    "GET model-versions/get-download-uri": (_VERSION, "artifact_uri!"),
    "POST model-versions/set-tag": (f"{_VERSION} key! value", ""),
    "DELETE model-versions/delete-tag": (f"{_VERSION} key!", ""),
    "GET model-versions/history": (_VERSION, "changes:VersionChange[]"),
    "POST runs/search-rows": (
        f"{_RUNS} columns:string[] count:bool",
        "columns:string[] rows:Row[] next_page_token total:int64 unfiltered:int64",
    ),
    "GET runs/causes": ("run_id! other_run_id! code:bool", "causes:Cause[]"),
    "GET runs/columns": ("experiment_ids:string[]", "metrics:string[] params:string[] tags:string[]"),
    "GET metrics/curves": (
        "run_id!:string[] metric_key! points:int32 axis:Axis start:int64 end:int64 glimpse:int32",
        "curves:Curve[]",
    ),
    "GET server-info": (
        "",
        f"store_type! {' '.join(f'{name}_enabled!:bool' for name in _OPTIONAL_PARTS)}",
    ),
    "GET artifacts": ("path", "files:File[]"),
    "POST mpu/create/{path:path}": ("", ""),
    "POST mpu/complete/{path:path}": ("", ""),
    "POST mpu/abort/{path:path}": ("", ""),
    "GET presigned/{path:path}": ("", ""),
}
