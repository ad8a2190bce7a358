"""One task per source and day, skipped if nothing was delivered or nothing changed. Airflow 3."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

with DAG(
    dag_id="caseload_daily",
    # With this timetable the run of 2 May at 05:30 has the ds 2023-05-01. A plain cron text has no interval in Airflow 3, and its
    # ds is the day of the run.
    schedule=CronDataIntervalTimetable("30 5 * * *", timezone="UTC"),
    start_date=pendulum.datetime(2023, 5, 1, tz="UTC"),
    catchup=True,
    max_active_runs=4,
    default_args={
        # An incomplete delivery (4), a lock (75) and a database that is away (1) can succeed an hour later.
        "retries": 3,
        "retry_delay": pendulum.duration(hours=1),
        "execution_timeout": pendulum.duration(hours=2),
    },
) as dag:
    for source in ["source_a", "icu", "biometrics"]:
        BashOperator(
            task_id=source,
            bash_command=f"caseload run {source} {{{{ ds }}}} --if-changed --skip-exit-code 99",
            # Values reach the shell only as variables, so that no run id becomes part of a command.
            env={"CASELOAD_RUN_ID": "{{ dag.dag_id }} {{ run_id }} {{ ti.try_number }}"},
            append_env=True,
            skip_on_exit_code=99,
            do_xcom_push=False,
        )
