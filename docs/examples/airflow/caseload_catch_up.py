"""Gets the batches to load from `caseload plan`, and maps one task to each. Airflow 3."""

import json
import subprocess

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, task

with DAG(
    dag_id="caseload_catch_up",
    schedule="@hourly",
    start_date=pendulum.datetime(2023, 5, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
) as dag:

    @task
    def plan(ti=None) -> list[dict[str, str]]:
        """The batches of the last month that are unpublished, failed or stale, as variables of one task each."""
        first = pendulum.now("UTC").subtract(days=31).to_date_string()
        command = ["caseload", "plan", "--json", "--from", first, "--reprocess", "stale"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        # If one source cannot be read, its error is in this task's log, the batches of the others are listed, and the exit
        # code is that of the error. The output is empty if nothing could be planned.
        if not done.stdout:
            done.check_returncode()
        ti.xcom_push(key="exit_code", value=done.returncode)
        todo = [one for one in json.loads(done.stdout) if one["action"] == "run"]
        # At most core.max_map_length; the next hour takes the rest.
        return [{"SOURCE": one["source"], "DATE": one["date"]} for one in todo[:1000]]

    @task
    def every_source_planned(exit_code: int) -> None:
        """Fails, and with it the DAG run, if plan could not read a source."""
        if exit_code != 0:
            raise RuntimeError(f"caseload plan ended with exit code {exit_code}: see the log of the task plan")

    planned = plan()
    every_source_planned(planned["exit_code"])

    BashOperator.partial(
        task_id="run",
        bash_command='caseload run "$SOURCE" "$DATE" --run-id "$AIRFLOW_CTX_DAG_ID $AIRFLOW_CTX_DAG_RUN_ID"',
        append_env=True,
        do_xcom_push=False,
        retries=1,
        max_active_tis_per_dagrun=4,
        map_index_template="{{ task.env['SOURCE'] }} {{ task.env['DATE'] }}",
    ).expand(env=planned)
