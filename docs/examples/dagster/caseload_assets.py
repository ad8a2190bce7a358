"""One asset per source, partitioned by day, whose run reports its rows over Dagster Pipes; and a job that looks for problems."""

import subprocess

import dagster as dg

days = dg.DailyPartitionsDefinition(start_date="2023-05-01")


def batches_of(source: str) -> dg.AssetsDefinition:
    @dg.asset(
        name=source,
        key_prefix="caseload",
        partitions_def=days,
        # Late files (4), a lock (75) and a database that is away (1) can succeed on another try.
        retry_policy=dg.RetryPolicy(max_retries=3, delay=600, backoff=dg.Backoff.EXPONENTIAL),
    )
    def batch(
        context: dg.AssetExecutionContext, pipes: dg.PipesSubprocessClient
    ) -> dg.MaterializeResult:
        # Dagster's run id is a UUID: the ledger keeps it, and OpenLineage shows that run as the parent.
        command = ["caseload", "run", source, context.partition_key, "--run-id", context.run_id]
        return pipes.run(command=command, context=context).get_materialize_result()

    return batch


@dg.op
def look_for_problems() -> None:
    """Fails while a batch needs attention; its standard output has a line for each, with what to do next."""
    subprocess.run(["caseload", "status", "--problems", "--since", "31d"], check=True)


@dg.job
def caseload_problems() -> None:
    look_for_problems()


defs = dg.Definitions(
    assets=[batches_of(source) for source in ("source_a", "icu", "biometrics")],
    jobs=[caseload_problems],
    schedules=[dg.ScheduleDefinition(job=caseload_problems, cron_schedule="0 8 * * *")],
    resources={"pipes": dg.PipesSubprocessClient()},
)
