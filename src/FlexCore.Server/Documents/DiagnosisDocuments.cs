using FlexCore.Application.Monitoring;
using FlexCore.Client;

namespace FlexCore.Server.Documents;

/// <summary>What was found on a machine as the API tells it.</summary>
public static class DiagnosisDocuments
{
    /// <summary>What was found.</summary>
    public static MachineDiagnosis Describe(Diagnosis found) => new(
        found.IsUsable, found.Used?.Isolation.Name ?? "refused", (found.Used ?? found.Levels[0]).Limits, found.Coordination.ToString().ToLowerInvariant(),
        [.. found.Levels.Select(report => new DiagnosedLevel(report.Isolation.Name, report.IsAvailable, found.IsAccepted(report), report.Isolation.Missing))],
        [.. found.Checks.Select(check => new DiagnosedCheck(check.Name, check.Feature.IsPresent, check.Feature.IsRequired, check.Feature.Detail, check.Feature.IsPresent ? null : check.Feature.Remedy))],
        [.. found.Settings.Select(setting => new DiagnosedSetting(setting.Key, setting.Value, setting.Source, setting.Overridden, setting.Description.IsReloaded, setting.Description.Meaning))]);
}
