"""One asset per source, partitioned by day. The run reports its rows to Dagster over Dagster Pipes."""

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


defs = dg.Definitions(
    assets=[batches_of(source) for source in ("source_a", "icu", "biometrics")],
    resources={"pipes": dg.PipesSubprocessClient()},
)
