BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('dc11669786a5');
CREATE TABLE "datasets" (
	dataset_uuid VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	digest VARCHAR(36) NOT NULL, 
	dataset_source_type VARCHAR(36) NOT NULL, 
	dataset_source TEXT NOT NULL, 
	dataset_schema TEXT, 
	dataset_profile TEXT, 
	CONSTRAINT dataset_pk PRIMARY KEY (experiment_id, name, digest), 
	CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "datasets" VALUES('15aebd9002644075bb40b6908d1be6ae',1,'train','abc123','code','{"tags": {}}','{"s": 1}','{"rows": 2}');
CREATE TABLE "experiment_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('owner','Ada',1);
INSERT INTO "experiment_tags" VALUES('why','a
b',1);
CREATE TABLE "experiments" (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), 
	creation_time BIGINT, 
	last_update_time BIGINT, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT uq_experiments_workspace_name UNIQUE (workspace, name)
);
INSERT INTO "experiments" VALUES(0,'Default','{ROOT}/mlruns/0','active',1795229538022,1795229538022,'default');
INSERT INTO "experiments" VALUES(1,'ünï 💥 experiment','file://{ROOT}/mlartifacts/first','active',1795229538025,1795229538025,'default');
INSERT INTO "experiments" VALUES(2,'gone','{ROOT}/mlartifacts/gone','deleted',1795229538032,1795229538396,'default');
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	value VARCHAR(500) NOT NULL, 
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('3224cc77c1f54654adf79918dfe84564','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('e6b5bfb6155c4c3c938debe5b388871c','mlflow.data.context','testing');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, step BIGINT DEFAULT '0' NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('3224cc77c1f54654adf79918dfe84564','DATASET','15aebd9002644075bb40b6908d1be6ae','RUN','77f80c26580f46928c484a8a89e91721',0);
INSERT INTO "inputs" VALUES('e6b5bfb6155c4c3c938debe5b388871c','DATASET','15aebd9002644075bb40b6908d1be6ae','RUN','fc4241b4a55248ac8c2804df4070a346',0);
INSERT INTO "inputs" VALUES('667195fd2c7f44f1a088c0c2fa10a8d8','RUN_OUTPUT','77f80c26580f46928c484a8a89e91721','MODEL_OUTPUT','m-b1d42c0867a045f08abc6a1fb254f63c',7);
CREATE TABLE "latest_metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT, 
	step BIGINT NOT NULL, 
	is_nan BOOLEAN NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT latest_metric_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "latest_metrics" VALUES('loss',0.25,1700000050000,40,0,'77f80c26580f46928c484a8a89e91721');
INSERT INTO "latest_metrics" VALUES('odd',1.0e-300,1700000000000,4,0,'77f80c26580f46928c484a8a89e91721');
INSERT INTO "latest_metrics" VALUES('val/acc',0.0,5,3,1,'77f80c26580f46928c484a8a89e91721');
INSERT INTO "latest_metrics" VALUES('m',1.0,1,0,0,'af92da23c3f04921b82efc7cc112b0fd');
CREATE TABLE logged_model_metrics (
	model_id VARCHAR(36) NOT NULL, 
	metric_name VARCHAR(500) NOT NULL, 
	metric_timestamp_ms BIGINT NOT NULL, 
	metric_step BIGINT NOT NULL, 
	metric_value FLOAT, 
	experiment_id INTEGER NOT NULL, 
	run_id VARCHAR(32) NOT NULL, 
	dataset_uuid VARCHAR(36), 
	dataset_name VARCHAR(500), 
	dataset_digest VARCHAR(36), 
	CONSTRAINT logged_model_metrics_pk PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id), 
	CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE, 
	CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY(run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);
INSERT INTO "logged_model_metrics" VALUES('m-b1d42c0867a045f08abc6a1fb254f63c','loss',1700000050000,40,0.25,1,'77f80c26580f46928c484a8a89e91721',NULL,NULL,NULL);
CREATE TABLE logged_model_params (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	param_key VARCHAR(255) NOT NULL, 
	param_value TEXT NOT NULL, 
	CONSTRAINT logged_model_params_pk PRIMARY KEY (model_id, param_key), 
	CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_params" VALUES('m-b1d42c0867a045f08abc6a1fb254f63c',1,'layers','3');
CREATE TABLE logged_model_tags (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	tag_key VARCHAR(255) NOT NULL, 
	tag_value TEXT NOT NULL, 
	CONSTRAINT logged_model_tags_pk PRIMARY KEY (model_id, tag_key), 
	CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY(model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);
INSERT INTO "logged_model_tags" VALUES('m-b1d42c0867a045f08abc6a1fb254f63c',1,'t','v');
CREATE TABLE logged_models (
	model_id VARCHAR(36) NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(500) NOT NULL, 
	artifact_location VARCHAR(1000) NOT NULL, 
	creation_timestamp_ms BIGINT NOT NULL, 
	last_updated_timestamp_ms BIGINT NOT NULL, 
	status INTEGER NOT NULL, 
	lifecycle_stage VARCHAR(32), 
	model_type VARCHAR(500), 
	source_run_id VARCHAR(32), 
	status_message VARCHAR(1000), 
	CONSTRAINT logged_models_pk PRIMARY KEY (model_id), 
	CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);
INSERT INTO "logged_models" VALUES('m-b1d42c0867a045f08abc6a1fb254f63c',1,'net','file://{ROOT}/mlartifacts/first/models/m-b1d42c0867a045f08abc6a1fb254f63c/artifacts',1795229538407,1795229538434,2,'active','nn','77f80c26580f46928c484a8a89e91721',NULL);
CREATE TABLE "metrics" (
	"key" VARCHAR(250) NOT NULL, 
	value FLOAT NOT NULL, 
	timestamp BIGINT NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	step BIGINT DEFAULT '0' NOT NULL, 
	is_nan BOOLEAN DEFAULT '0' NOT NULL, 
	CONSTRAINT metric_pk PRIMARY KEY ("key", timestamp, step, run_uuid, value, is_nan), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid), 
	CHECK (is_nan IN (0, 1))
);
INSERT INTO "metrics" VALUES('loss',1.0,1699999999000,'77f80c26580f46928c484a8a89e91721',-1,0);
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'77f80c26580f46928c484a8a89e91721',0,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1700000001000,'77f80c26580f46928c484a8a89e91721',1,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000002000,'77f80c26580f46928c484a8a89e91721',2,0);
INSERT INTO "metrics" VALUES('loss',0.2,1700000003000,'77f80c26580f46928c484a8a89e91721',3,0);
INSERT INTO "metrics" VALUES('loss',1.66666666666666657414e-01,1700000004000,'77f80c26580f46928c484a8a89e91721',4,0);
INSERT INTO "metrics" VALUES('loss',1.42857142857142849212e-01,1700000005000,'77f80c26580f46928c484a8a89e91721',5,0);
INSERT INTO "metrics" VALUES('loss',0.125,1700000006000,'77f80c26580f46928c484a8a89e91721',6,0);
INSERT INTO "metrics" VALUES('loss',1.11111111111111104943e-01,1700000007000,'77f80c26580f46928c484a8a89e91721',7,0);
INSERT INTO "metrics" VALUES('loss',0.1,1700000008000,'77f80c26580f46928c484a8a89e91721',8,0);
INSERT INTO "metrics" VALUES('loss',9.09090909090909116141e-02,1700000009000,'77f80c26580f46928c484a8a89e91721',9,0);
INSERT INTO "metrics" VALUES('loss',8.33333333333333287074e-02,1700000010000,'77f80c26580f46928c484a8a89e91721',10,0);
INSERT INTO "metrics" VALUES('loss',7.6923076923076927347e-02,1700000011000,'77f80c26580f46928c484a8a89e91721',11,0);
INSERT INTO "metrics" VALUES('loss',7.14285714285714246063e-02,1700000012000,'77f80c26580f46928c484a8a89e91721',12,0);
INSERT INTO "metrics" VALUES('loss',6.66666666666666657414e-02,1700000013000,'77f80c26580f46928c484a8a89e91721',13,0);
INSERT INTO "metrics" VALUES('loss',0.0625,1700000014000,'77f80c26580f46928c484a8a89e91721',14,0);
INSERT INTO "metrics" VALUES('loss',5.8823529411764705066e-02,1700000015000,'77f80c26580f46928c484a8a89e91721',15,0);
INSERT INTO "metrics" VALUES('loss',5.55555555555555524716e-02,1700000016000,'77f80c26580f46928c484a8a89e91721',16,0);
INSERT INTO "metrics" VALUES('loss',5.26315789473684181309e-02,1700000017000,'77f80c26580f46928c484a8a89e91721',17,0);
INSERT INTO "metrics" VALUES('loss',0.05,1700000018000,'77f80c26580f46928c484a8a89e91721',18,0);
INSERT INTO "metrics" VALUES('loss',4.76190476190476164042e-02,1700000019000,'77f80c26580f46928c484a8a89e91721',19,0);
INSERT INTO "metrics" VALUES('loss',4.5454545454545455807e-02,1700000020000,'77f80c26580f46928c484a8a89e91721',20,0);
INSERT INTO "metrics" VALUES('loss',4.34782608695652161845e-02,1700000021000,'77f80c26580f46928c484a8a89e91721',21,0);
INSERT INTO "metrics" VALUES('loss',4.16666666666666643537e-02,1700000022000,'77f80c26580f46928c484a8a89e91721',22,0);
INSERT INTO "metrics" VALUES('loss',0.04,1700000023000,'77f80c26580f46928c484a8a89e91721',23,0);
INSERT INTO "metrics" VALUES('loss',3.84615384615384636735e-02,1700000024000,'77f80c26580f46928c484a8a89e91721',24,0);
INSERT INTO "metrics" VALUES('loss',3.7037037037037034981e-02,1700000025000,'77f80c26580f46928c484a8a89e91721',25,0);
INSERT INTO "metrics" VALUES('loss',3.57142857142857123031e-02,1700000026000,'77f80c26580f46928c484a8a89e91721',26,0);
INSERT INTO "metrics" VALUES('loss',3.44827586206896546938e-02,1700000027000,'77f80c26580f46928c484a8a89e91721',27,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333328707e-02,1700000028000,'77f80c26580f46928c484a8a89e91721',28,0);
INSERT INTO "metrics" VALUES('loss',3.22580645161290313627e-02,1700000029000,'77f80c26580f46928c484a8a89e91721',29,0);
INSERT INTO "metrics" VALUES('loss',0.03125,1700000030000,'77f80c26580f46928c484a8a89e91721',30,0);
INSERT INTO "metrics" VALUES('loss',3.03030303030303038713e-02,1700000031000,'77f80c26580f46928c484a8a89e91721',31,0);
INSERT INTO "metrics" VALUES('loss',2.9411764705882352533e-02,1700000032000,'77f80c26580f46928c484a8a89e91721',32,0);
INSERT INTO "metrics" VALUES('loss',2.85714285714285705364e-02,1700000033000,'77f80c26580f46928c484a8a89e91721',33,0);
INSERT INTO "metrics" VALUES('loss',2.77777777777777762358e-02,1700000034000,'77f80c26580f46928c484a8a89e91721',34,0);
INSERT INTO "metrics" VALUES('loss',2.70270270270270285273e-02,1700000035000,'77f80c26580f46928c484a8a89e91721',35,0);
INSERT INTO "metrics" VALUES('loss',2.63157894736842090654e-02,1700000036000,'77f80c26580f46928c484a8a89e91721',36,0);
INSERT INTO "metrics" VALUES('loss',2.5641025641025640136e-02,1700000037000,'77f80c26580f46928c484a8a89e91721',37,0);
INSERT INTO "metrics" VALUES('loss',0.025,1700000038000,'77f80c26580f46928c484a8a89e91721',38,0);
INSERT INTO "metrics" VALUES('loss',2.43902439024390252364e-02,1700000039000,'77f80c26580f46928c484a8a89e91721',39,0);
INSERT INTO "metrics" VALUES('odd',0.0,1700000000000,'77f80c26580f46928c484a8a89e91721',0,1);
INSERT INTO "metrics" VALUES('odd',1.79769313486231562234e+308,1700000000000,'77f80c26580f46928c484a8a89e91721',1,0);
INSERT INTO "metrics" VALUES('odd',-1.79769313486231562234e+308,1700000000000,'77f80c26580f46928c484a8a89e91721',2,0);
INSERT INTO "metrics" VALUES('odd',0.0,1700000000000,'77f80c26580f46928c484a8a89e91721',3,0);
INSERT INTO "metrics" VALUES('odd',1.0e-300,1700000000000,'77f80c26580f46928c484a8a89e91721',4,0);
INSERT INTO "metrics" VALUES('val/acc',0.0,5,'77f80c26580f46928c484a8a89e91721',3,1);
INSERT INTO "metrics" VALUES('m',1.0,1,'af92da23c3f04921b82efc7cc112b0fd',0,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000050000,'77f80c26580f46928c484a8a89e91721',40,0);
CREATE TABLE "model_version_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value TEXT, 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY (workspace, "key", name, version), 
	CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY(workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);
INSERT INTO "model_version_tags" VALUES('n','1','forest',1,'default');
INSERT INTO "model_version_tags" VALUES('n','2','forest',2,'default');
INSERT INTO "model_version_tags" VALUES('n','3','forest',3,'default');
CREATE TABLE "model_versions" (
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	user_id VARCHAR(256), 
	current_stage VARCHAR(20), 
	source VARCHAR(500), 
	run_id VARCHAR(32), 
	status VARCHAR(20), 
	status_message VARCHAR(500), 
	run_link VARCHAR(500), 
	storage_location VARCHAR(500), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT model_version_pk PRIMARY KEY (workspace, name, version), 
	CONSTRAINT fk_model_versions_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('forest',1,1795229538486,1795229538552,'v1',NULL,'Production','file://{ROOT}/mlartifacts/first/77f80c26580f46928c484a8a89e91721/artifacts/model','77f80c26580f46928c484a8a89e91721','READY',NULL,NULL,'file://{ROOT}/mlartifacts/first/77f80c26580f46928c484a8a89e91721/artifacts/model','default');
INSERT INTO "model_versions" VALUES('forest',2,1795229538503,1795229538536,NULL,NULL,'Deleted_Internal','REDACTED-SOURCE-PATH','REDACTED-RUN-ID','READY',NULL,'REDACTED-RUN-LINK','file://{ROOT}/mlartifacts/first/77f80c26580f46928c484a8a89e91721/artifacts/model','default');
INSERT INTO "model_versions" VALUES('forest',3,1795229538513,1795229538513,'v3',NULL,'None','file://{ROOT}/mlartifacts/first/77f80c26580f46928c484a8a89e91721/artifacts/model','77f80c26580f46928c484a8a89e91721','READY',NULL,NULL,'file://{ROOT}/mlartifacts/first/77f80c26580f46928c484a8a89e91721/artifacts/model','default');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('alpha','0.5','77f80c26580f46928c484a8a89e91721');
INSERT INTO "params" VALUES('a/b c','$(rm) ''x'' "y"
💥','77f80c26580f46928c484a8a89e91721');
INSERT INTO "params" VALUES('p','','4f91aaf74f8e41f3a57479e21eedecdb');
CREATE TABLE "registered_model_aliases" (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (workspace, name, alias), 
	CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);
INSERT INTO "registered_model_aliases" VALUES('champion',3,'forest','default');
CREATE TABLE "registered_model_tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY (workspace, "key", name), 
	CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY(workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);
INSERT INTO "registered_model_tags" VALUES('team','a','forest','default');
CREATE TABLE "registered_models" (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	workspace VARCHAR(63) DEFAULT 'default' NOT NULL, 
	CONSTRAINT registered_model_pk PRIMARY KEY (workspace, name)
);
INSERT INTO "registered_models" VALUES('forest',1795229538477,1795229538552,'trees','default');
CREATE TABLE "runs" (
	run_uuid VARCHAR(32) NOT NULL, 
	name VARCHAR(250), 
	source_type VARCHAR(20), 
	source_name VARCHAR(500), 
	entry_point_name VARCHAR(50), 
	user_id VARCHAR(256), 
	status VARCHAR(9), 
	start_time BIGINT, 
	end_time BIGINT, 
	source_version VARCHAR(50), 
	lifecycle_stage VARCHAR(20), 
	artifact_uri VARCHAR(200), 
	experiment_id INTEGER, deleted_time BIGINT, 
	CONSTRAINT run_pk PRIMARY KEY (run_uuid), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('77f80c26580f46928c484a8a89e91721','main run','UNKNOWN','','','ada','FINISHED',1700000000000,1700000090000,'','active','file://{ROOT}/mlartifacts/first/77f80c26580f46928c484a8a89e91721/artifacts',1,NULL);
INSERT INTO "runs" VALUES('fc4241b4a55248ac8c2804df4070a346','child','UNKNOWN','','','unknown','FAILED',1700000001000,1700000002000,'','active','file://{ROOT}/mlartifacts/first/fc4241b4a55248ac8c2804df4070a346/artifacts',1,NULL);
INSERT INTO "runs" VALUES('af92da23c3f04921b82efc7cc112b0fd','still running','UNKNOWN','','','unknown','RUNNING',1700000003000,NULL,'','active','{ROOT}/mlruns/0/af92da23c3f04921b82efc7cc112b0fd/artifacts',0,NULL);
INSERT INTO "runs" VALUES('4f91aaf74f8e41f3a57479e21eedecdb','deleted','UNKNOWN','','','unknown','RUNNING',1700000004000,NULL,'','deleted','{ROOT}/mlruns/0/4f91aaf74f8e41f3a57479e21eedecdb/artifacts',0,1795229538383);
INSERT INTO "runs" VALUES('14cc0eacb24442159b9e2394bd2c680b','in gone','UNKNOWN','','','unknown','RUNNING',1,NULL,'','deleted','{ROOT}/mlartifacts/gone/14cc0eacb24442159b9e2394bd2c680b/artifacts',2,1795229538400);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.user','ada','77f80c26580f46928c484a8a89e91721');
INSERT INTO "tags" VALUES('x y/z','a
b; DROP','77f80c26580f46928c484a8a89e91721');
INSERT INTO "tags" VALUES('mlflow.runName','main run','77f80c26580f46928c484a8a89e91721');
INSERT INTO "tags" VALUES('mlflow.parentRunId','77f80c26580f46928c484a8a89e91721','fc4241b4a55248ac8c2804df4070a346');
INSERT INTO "tags" VALUES('mlflow.runName','child','fc4241b4a55248ac8c2804df4070a346');
INSERT INTO "tags" VALUES('mlflow.runName','still running','af92da23c3f04921b82efc7cc112b0fd');
INSERT INTO "tags" VALUES('mlflow.runName','deleted','4f91aaf74f8e41f3a57479e21eedecdb');
INSERT INTO "tags" VALUES('mlflow.runName','in gone','14cc0eacb24442159b9e2394bd2c680b');
COMMIT;
