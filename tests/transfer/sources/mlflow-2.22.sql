BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0584bdc529eb');
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
INSERT INTO "datasets" VALUES('a50bfe1a9fc64376a3df5958d09eb5f8',1,'train','abc123','code','{"tags": {}}','{"s": 1}','{"rows": 2}');
CREATE TABLE experiment_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	experiment_id INTEGER NOT NULL, 
	CONSTRAINT experiment_tag_pk PRIMARY KEY ("key", experiment_id), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id)
);
INSERT INTO "experiment_tags" VALUES('owner','Ada',1);
INSERT INTO "experiment_tags" VALUES('why','a
b',1);
CREATE TABLE experiments (
	experiment_id INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	artifact_location VARCHAR(256), 
	lifecycle_stage VARCHAR(32), creation_time BIGINT, last_update_time BIGINT, 
	CONSTRAINT experiment_pk PRIMARY KEY (experiment_id), 
	CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	UNIQUE (name)
);
INSERT INTO "experiments" VALUES(0,'Default','{ROOT}/mlruns/0','active',1795229547036,1795229547036);
INSERT INTO "experiments" VALUES(1,'ünï 💥 experiment','file://{ROOT}/mlartifacts/first','active',1795229547039,1795229547039);
INSERT INTO "experiments" VALUES(2,'gone','{ROOT}/mlartifacts/gone','deleted',1795229547043,1795229547306);
CREATE TABLE input_tags (
	input_uuid VARCHAR(36) NOT NULL, 
	name VARCHAR(255) NOT NULL, 
	value VARCHAR(500) NOT NULL, 
	CONSTRAINT input_tags_pk PRIMARY KEY (input_uuid, name)
);
INSERT INTO "input_tags" VALUES('e48a598cd74843cabf4570147bbcf531','mlflow.data.context','training');
INSERT INTO "input_tags" VALUES('a9fe53bab45c4fcab6f7b83870516dd6','mlflow.data.context','testing');
CREATE TABLE inputs (
	input_uuid VARCHAR(36) NOT NULL, 
	source_type VARCHAR(36) NOT NULL, 
	source_id VARCHAR(36) NOT NULL, 
	destination_type VARCHAR(36) NOT NULL, 
	destination_id VARCHAR(36) NOT NULL, 
	CONSTRAINT inputs_pk PRIMARY KEY (source_type, source_id, destination_type, destination_id)
);
INSERT INTO "inputs" VALUES('e48a598cd74843cabf4570147bbcf531','DATASET','a50bfe1a9fc64376a3df5958d09eb5f8','RUN','0e5e15de1e7949729162db9e4995d524');
INSERT INTO "inputs" VALUES('a9fe53bab45c4fcab6f7b83870516dd6','DATASET','a50bfe1a9fc64376a3df5958d09eb5f8','RUN','cc1c5c4651c94d9aa7cca7ef091b3ef5');
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
INSERT INTO "latest_metrics" VALUES('loss',2.43902439024390252364e-02,1700000039000,39,0,'0e5e15de1e7949729162db9e4995d524');
INSERT INTO "latest_metrics" VALUES('odd',1.0e-300,1700000000000,4,0,'0e5e15de1e7949729162db9e4995d524');
INSERT INTO "latest_metrics" VALUES('val/acc',0.0,5,3,1,'0e5e15de1e7949729162db9e4995d524');
INSERT INTO "latest_metrics" VALUES('m',1.0,1,0,0,'a0dadfe97d4d4f99a2265944f6c05a52');
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
INSERT INTO "metrics" VALUES('loss',1.0,1699999999000,'0e5e15de1e7949729162db9e4995d524',-1,0);
INSERT INTO "metrics" VALUES('loss',0.5,1700000000000,'0e5e15de1e7949729162db9e4995d524',0,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333314829e-01,1700000001000,'0e5e15de1e7949729162db9e4995d524',1,0);
INSERT INTO "metrics" VALUES('loss',0.25,1700000002000,'0e5e15de1e7949729162db9e4995d524',2,0);
INSERT INTO "metrics" VALUES('loss',0.2,1700000003000,'0e5e15de1e7949729162db9e4995d524',3,0);
INSERT INTO "metrics" VALUES('loss',1.66666666666666657414e-01,1700000004000,'0e5e15de1e7949729162db9e4995d524',4,0);
INSERT INTO "metrics" VALUES('loss',1.42857142857142849212e-01,1700000005000,'0e5e15de1e7949729162db9e4995d524',5,0);
INSERT INTO "metrics" VALUES('loss',0.125,1700000006000,'0e5e15de1e7949729162db9e4995d524',6,0);
INSERT INTO "metrics" VALUES('loss',1.11111111111111104943e-01,1700000007000,'0e5e15de1e7949729162db9e4995d524',7,0);
INSERT INTO "metrics" VALUES('loss',0.1,1700000008000,'0e5e15de1e7949729162db9e4995d524',8,0);
INSERT INTO "metrics" VALUES('loss',9.09090909090909116141e-02,1700000009000,'0e5e15de1e7949729162db9e4995d524',9,0);
INSERT INTO "metrics" VALUES('loss',8.33333333333333287074e-02,1700000010000,'0e5e15de1e7949729162db9e4995d524',10,0);
INSERT INTO "metrics" VALUES('loss',7.6923076923076927347e-02,1700000011000,'0e5e15de1e7949729162db9e4995d524',11,0);
INSERT INTO "metrics" VALUES('loss',7.14285714285714246063e-02,1700000012000,'0e5e15de1e7949729162db9e4995d524',12,0);
INSERT INTO "metrics" VALUES('loss',6.66666666666666657414e-02,1700000013000,'0e5e15de1e7949729162db9e4995d524',13,0);
INSERT INTO "metrics" VALUES('loss',0.0625,1700000014000,'0e5e15de1e7949729162db9e4995d524',14,0);
INSERT INTO "metrics" VALUES('loss',5.8823529411764705066e-02,1700000015000,'0e5e15de1e7949729162db9e4995d524',15,0);
INSERT INTO "metrics" VALUES('loss',5.55555555555555524716e-02,1700000016000,'0e5e15de1e7949729162db9e4995d524',16,0);
INSERT INTO "metrics" VALUES('loss',5.26315789473684181309e-02,1700000017000,'0e5e15de1e7949729162db9e4995d524',17,0);
INSERT INTO "metrics" VALUES('loss',0.05,1700000018000,'0e5e15de1e7949729162db9e4995d524',18,0);
INSERT INTO "metrics" VALUES('loss',4.76190476190476164042e-02,1700000019000,'0e5e15de1e7949729162db9e4995d524',19,0);
INSERT INTO "metrics" VALUES('loss',4.5454545454545455807e-02,1700000020000,'0e5e15de1e7949729162db9e4995d524',20,0);
INSERT INTO "metrics" VALUES('loss',4.34782608695652161845e-02,1700000021000,'0e5e15de1e7949729162db9e4995d524',21,0);
INSERT INTO "metrics" VALUES('loss',4.16666666666666643537e-02,1700000022000,'0e5e15de1e7949729162db9e4995d524',22,0);
INSERT INTO "metrics" VALUES('loss',0.04,1700000023000,'0e5e15de1e7949729162db9e4995d524',23,0);
INSERT INTO "metrics" VALUES('loss',3.84615384615384636735e-02,1700000024000,'0e5e15de1e7949729162db9e4995d524',24,0);
INSERT INTO "metrics" VALUES('loss',3.7037037037037034981e-02,1700000025000,'0e5e15de1e7949729162db9e4995d524',25,0);
INSERT INTO "metrics" VALUES('loss',3.57142857142857123031e-02,1700000026000,'0e5e15de1e7949729162db9e4995d524',26,0);
INSERT INTO "metrics" VALUES('loss',3.44827586206896546938e-02,1700000027000,'0e5e15de1e7949729162db9e4995d524',27,0);
INSERT INTO "metrics" VALUES('loss',3.33333333333333328707e-02,1700000028000,'0e5e15de1e7949729162db9e4995d524',28,0);
INSERT INTO "metrics" VALUES('loss',3.22580645161290313627e-02,1700000029000,'0e5e15de1e7949729162db9e4995d524',29,0);
INSERT INTO "metrics" VALUES('loss',0.03125,1700000030000,'0e5e15de1e7949729162db9e4995d524',30,0);
INSERT INTO "metrics" VALUES('loss',3.03030303030303038713e-02,1700000031000,'0e5e15de1e7949729162db9e4995d524',31,0);
INSERT INTO "metrics" VALUES('loss',2.9411764705882352533e-02,1700000032000,'0e5e15de1e7949729162db9e4995d524',32,0);
INSERT INTO "metrics" VALUES('loss',2.85714285714285705364e-02,1700000033000,'0e5e15de1e7949729162db9e4995d524',33,0);
INSERT INTO "metrics" VALUES('loss',2.77777777777777762358e-02,1700000034000,'0e5e15de1e7949729162db9e4995d524',34,0);
INSERT INTO "metrics" VALUES('loss',2.70270270270270285273e-02,1700000035000,'0e5e15de1e7949729162db9e4995d524',35,0);
INSERT INTO "metrics" VALUES('loss',2.63157894736842090654e-02,1700000036000,'0e5e15de1e7949729162db9e4995d524',36,0);
INSERT INTO "metrics" VALUES('loss',2.5641025641025640136e-02,1700000037000,'0e5e15de1e7949729162db9e4995d524',37,0);
INSERT INTO "metrics" VALUES('loss',0.025,1700000038000,'0e5e15de1e7949729162db9e4995d524',38,0);
INSERT INTO "metrics" VALUES('loss',2.43902439024390252364e-02,1700000039000,'0e5e15de1e7949729162db9e4995d524',39,0);
INSERT INTO "metrics" VALUES('odd',0.0,1700000000000,'0e5e15de1e7949729162db9e4995d524',0,1);
INSERT INTO "metrics" VALUES('odd',1.79769313486231562234e+308,1700000000000,'0e5e15de1e7949729162db9e4995d524',1,0);
INSERT INTO "metrics" VALUES('odd',-1.79769313486231562234e+308,1700000000000,'0e5e15de1e7949729162db9e4995d524',2,0);
INSERT INTO "metrics" VALUES('odd',0.0,1700000000000,'0e5e15de1e7949729162db9e4995d524',3,0);
INSERT INTO "metrics" VALUES('odd',1.0e-300,1700000000000,'0e5e15de1e7949729162db9e4995d524',4,0);
INSERT INTO "metrics" VALUES('val/acc',0.0,5,'0e5e15de1e7949729162db9e4995d524',3,1);
INSERT INTO "metrics" VALUES('m',1.0,1,'a0dadfe97d4d4f99a2265944f6c05a52',0,0);
CREATE TABLE model_version_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT model_version_tag_pk PRIMARY KEY ("key", name, version), 
	FOREIGN KEY(name, version) REFERENCES model_versions (name, version) ON UPDATE cascade
);
INSERT INTO "model_version_tags" VALUES('n','1','forest',1);
INSERT INTO "model_version_tags" VALUES('n','2','forest',2);
INSERT INTO "model_version_tags" VALUES('n','3','forest',3);
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
	run_link VARCHAR(500), storage_location VARCHAR(500), 
	CONSTRAINT model_version_pk PRIMARY KEY (name, version), 
	FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE CASCADE
);
INSERT INTO "model_versions" VALUES('forest',1,1795229547328,1795229547357,'v1',NULL,'Production','file://{ROOT}/mlartifacts/first/0e5e15de1e7949729162db9e4995d524/artifacts/model','0e5e15de1e7949729162db9e4995d524','READY',NULL,NULL,'file://{ROOT}/mlartifacts/first/0e5e15de1e7949729162db9e4995d524/artifacts/model');
INSERT INTO "model_versions" VALUES('forest',2,1795229547334,1795229547349,NULL,NULL,'Deleted_Internal','REDACTED-SOURCE-PATH','REDACTED-RUN-ID','READY',NULL,'REDACTED-RUN-LINK','file://{ROOT}/mlartifacts/first/0e5e15de1e7949729162db9e4995d524/artifacts/model');
INSERT INTO "model_versions" VALUES('forest',3,1795229547338,1795229547338,'v3',NULL,'None','file://{ROOT}/mlartifacts/first/0e5e15de1e7949729162db9e4995d524/artifacts/model','0e5e15de1e7949729162db9e4995d524','READY',NULL,NULL,'file://{ROOT}/mlartifacts/first/0e5e15de1e7949729162db9e4995d524/artifacts/model');
CREATE TABLE "params" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000) NOT NULL, 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT param_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "params" VALUES('alpha','0.5','0e5e15de1e7949729162db9e4995d524');
INSERT INTO "params" VALUES('a/b c','$(rm) ''x'' "y"
💥','0e5e15de1e7949729162db9e4995d524');
INSERT INTO "params" VALUES('p','','249c67201c3f48d586efda6e3907e879');
CREATE TABLE registered_model_aliases (
	alias VARCHAR(256) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(256) NOT NULL, 
	CONSTRAINT registered_model_alias_pk PRIMARY KEY (name, alias), 
	CONSTRAINT registered_model_alias_name_fkey FOREIGN KEY(name) REFERENCES registered_models (name) ON DELETE cascade ON UPDATE cascade
);
INSERT INTO "registered_model_aliases" VALUES('champion',3,'forest');
CREATE TABLE registered_model_tags (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(5000), 
	name VARCHAR(256) NOT NULL, 
	CONSTRAINT registered_model_tag_pk PRIMARY KEY ("key", name), 
	FOREIGN KEY(name) REFERENCES registered_models (name) ON UPDATE cascade
);
INSERT INTO "registered_model_tags" VALUES('team','a','forest');
CREATE TABLE registered_models (
	name VARCHAR(256) NOT NULL, 
	creation_time BIGINT, 
	last_updated_time BIGINT, 
	description VARCHAR(5000), 
	CONSTRAINT registered_model_pk PRIMARY KEY (name), 
	UNIQUE (name)
);
INSERT INTO "registered_models" VALUES('forest',1795229547321,1795229547357,'trees');
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
	CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')), 
	CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')), 
	FOREIGN KEY(experiment_id) REFERENCES experiments (experiment_id), 
	CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);
INSERT INTO "runs" VALUES('0e5e15de1e7949729162db9e4995d524','main run','UNKNOWN','','','ada','FINISHED',1700000000000,1700000090000,'','active','file://{ROOT}/mlartifacts/first/0e5e15de1e7949729162db9e4995d524/artifacts',1,NULL);
INSERT INTO "runs" VALUES('cc1c5c4651c94d9aa7cca7ef091b3ef5','child','UNKNOWN','','','unknown','FAILED',1700000001000,1700000002000,'','active','file://{ROOT}/mlartifacts/first/cc1c5c4651c94d9aa7cca7ef091b3ef5/artifacts',1,NULL);
INSERT INTO "runs" VALUES('a0dadfe97d4d4f99a2265944f6c05a52','still running','UNKNOWN','','','unknown','RUNNING',1700000003000,NULL,'','active','{ROOT}/mlruns/0/a0dadfe97d4d4f99a2265944f6c05a52/artifacts',0,NULL);
INSERT INTO "runs" VALUES('249c67201c3f48d586efda6e3907e879','deleted','UNKNOWN','','','unknown','RUNNING',1700000004000,NULL,'','deleted','{ROOT}/mlruns/0/249c67201c3f48d586efda6e3907e879/artifacts',0,1795229547299);
INSERT INTO "runs" VALUES('54881fb5356e469a90275c4766013794','in gone','UNKNOWN','','','unknown','RUNNING',1,NULL,'','deleted','{ROOT}/mlartifacts/gone/54881fb5356e469a90275c4766013794/artifacts',2,1795229547308);
CREATE TABLE "tags" (
	"key" VARCHAR(250) NOT NULL, 
	value VARCHAR(8000), 
	run_uuid VARCHAR(32) NOT NULL, 
	CONSTRAINT tag_pk PRIMARY KEY ("key", run_uuid), 
	FOREIGN KEY(run_uuid) REFERENCES runs (run_uuid)
);
INSERT INTO "tags" VALUES('mlflow.user','ada','0e5e15de1e7949729162db9e4995d524');
INSERT INTO "tags" VALUES('x y/z','a
b; DROP','0e5e15de1e7949729162db9e4995d524');
INSERT INTO "tags" VALUES('mlflow.runName','main run','0e5e15de1e7949729162db9e4995d524');
INSERT INTO "tags" VALUES('mlflow.parentRunId','0e5e15de1e7949729162db9e4995d524','cc1c5c4651c94d9aa7cca7ef091b3ef5');
INSERT INTO "tags" VALUES('mlflow.runName','child','cc1c5c4651c94d9aa7cca7ef091b3ef5');
INSERT INTO "tags" VALUES('mlflow.runName','still running','a0dadfe97d4d4f99a2265944f6c05a52');
INSERT INTO "tags" VALUES('mlflow.runName','deleted','249c67201c3f48d586efda6e3907e879');
INSERT INTO "tags" VALUES('mlflow.runName','in gone','54881fb5356e469a90275c4766013794');
COMMIT;
