using FlexCore.Domain.Plugins;
using FlexCore.Domain.Runs;

namespace FlexCore.Infrastructure.ReadModels;

/// <summary>A row for each plugin.</summary>
internal sealed class PluginInventoryProjection() : DomainProjection(
    Table,
    version: 2,
    "name TEXT PRIMARY KEY, version TEXT, executions BIGINT NOT NULL, failures BIGINT NOT NULL, cpu_ms BIGINT NOT NULL, peak_memory BIGINT NOT NULL, last_used_at BIGINT, is_disabled INT NOT NULL")
{
    public const string Table = "plugin_inventory";

    protected override async ValueTask ApplyAsync(Fold fold)
    {
        switch (fold.Event)
        {
            case PluginRegistered registered:
                await fold.ExecuteAsync(
                    $"INSERT INTO {fold.Table} VALUES (@name, @version, 0, 0, 0, 0, NULL, 0) ON CONFLICT (name) DO UPDATE SET version = excluded.version",
                    ("name", registered.Name), ("version", registered.Version));
                break;
            case PluginCapabilityGranted:
                await fold.ExecuteAsync($"INSERT INTO {fold.Table} VALUES (@name, NULL, 0, 0, 0, 0, NULL, 0) ON CONFLICT (name) DO NOTHING", ("name", fold.Id));
                break;
            case PluginDisabled:
                await fold.ExecuteAsync($"UPDATE {fold.Table} SET is_disabled = 1 WHERE name = @name", ("name", fold.Id));
                break;
            case PluginEnabled:
                await fold.ExecuteAsync($"UPDATE {fold.Table} SET is_disabled = 0 WHERE name = @name", ("name", fold.Id));
                break;
            case PluginRemoved:
                await fold.ExecuteAsync($"UPDATE {fold.Table} SET version = NULL WHERE name = @name", ("name", fold.Id));
                break;
            case StepSucceeded step:
                await CountAsync(fold, step.Tally, cause: null);
                break;
            case StepFailed step:
                await CountAsync(fold, step.Tally, step.Plugin);
                break;
        }
    }

    private static async ValueTask CountAsync(Fold fold, StepTally tally, string? cause)
    {
        foreach (var plugin in tally.Plugins)
        {
            await fold.ExecuteAsync(
                $"""
                INSERT INTO {fold.Table} AS plugin VALUES (@name, NULL, 1, @failures, @cpu, @memory, @at, 0) ON CONFLICT (name) DO UPDATE SET
                    executions = plugin.executions + 1, failures = plugin.failures + excluded.failures, cpu_ms = plugin.cpu_ms + excluded.cpu_ms,
                    peak_memory = CASE WHEN plugin.peak_memory > excluded.peak_memory THEN plugin.peak_memory ELSE excluded.peak_memory END, last_used_at = excluded.last_used_at
                """,
                ("name", plugin.Name), ("failures", plugin.Name == cause ? 1L : 0L), ("cpu", plugin.CpuMs), ("memory", plugin.PeakMemoryBytes), ("at", fold.At));
        }
    }
}
