using System.Text.Json.Nodes;
using FlexCore.Application.Ports;
using FlexCore.Application.Settings;
using FlexCore.Domain;
using FlexCore.Domain.Plugins;

namespace FlexCore.Cli.Output;

/// <summary>What <c>flexcore doctor</c> has found.</summary>
/// <param name="Levels">The levels of isolation, the best first.</param>
/// <param name="Lowest">The lowest one that is accepted.</param>
/// <param name="Store">The event store.</param>
/// <param name="Coordination">What keeps processes apart.</param>
/// <param name="Redis">The Redis server, where one is set.</param>
/// <param name="Settings">All settings, as they hold.</param>
internal sealed record Diagnosis(IReadOnlyList<IsolationReport> Levels, IsolationLevel Lowest, HostFeature Store, CoordinationKind Coordination, HostFeature? Redis, IReadOnlyList<EffectiveSetting> Settings)
{
    /// <summary>Whether plugins can run here.</summary>
    public bool IsUsable => Used is not null && Store is { IsPresent: true } or { IsRequired: false };

    /// <summary>At which level plugins run here; null when none is accepted that can be had.</summary>
    private IsolationReport? Used => Levels.FirstOrDefault(report => report.IsAvailable && IsAccepted(report));

    /// <summary>Those of the best level; where the best one cannot be had, of the next one too.</summary>
    private IEnumerable<(string Prefix, HostFeature Check)> Checks =>
    [
        .. from report in Levels
           where report.Isolation.Level == IsolationLevel.Sandbox || (!Levels[0].IsAvailable && report.Isolation.Level == IsolationLevel.Process)
           from check in report.Features
           select (report.Isolation.IsDegraded ? $"{report.Isolation.Name}: " : "", check),
        ("", Store),
        .. Redis is null ? [] : new[] { ("", Redis) },
    ];

    public void Print()
    {
        Console.Out.WriteLine($"isolation: {Used?.Isolation.Name ?? "not available"}{(Used is { Isolation.IsDegraded: true } ? " (degraded)" : "")}; limits: {(Used ?? Levels[0]).Limits}; coordination: {Coordination.ToString().ToLowerInvariant()}");
        Console.Out.WriteLine($"levels: {string.Join(", ", Levels.Select(report => $"{report.Isolation.Name} {(report.IsAvailable ? "works" : "does not work")}{(IsAccepted(report) ? "" : " (not accepted)")}"))}");
        foreach (var (prefix, check) in Checks)
        {
            var mark = check.IsPresent ? "ok     " : check.IsRequired ? "MISSING" : "absent ";
            Console.Out.WriteLine($"  {mark} {prefix}{check.Name}: {check.Detail}");
            if (!check.IsPresent && check.Remedy is not null) Console.Out.WriteLine($"          → {check.Remedy.ReplaceLineEndings("\n            ")}");
        }

        Console.Out.WriteLine();
        TextTable.Print(["SETTING", "VALUE", "FROM"], Settings.Select(setting => (IReadOnlyList<string>)[setting.Key, Printable.Escape(setting.Value ?? "-"), FromWhere(setting)]));
    }

    public JsonObject Describe() => new()
    {
        ["ok"] = IsUsable,
        ["isolation"] = Used?.Isolation.Name ?? "refused",
        ["limits"] = (Used ?? Levels[0]).Limits,
        ["coordination"] = Coordination.ToString().ToLowerInvariant(),
        ["levels"] = JsonOutput.Array(Levels, report => new JsonObject
        {
            ["level"] = report.Isolation.Name,
            ["works"] = report.IsAvailable,
            ["accepted"] = IsAccepted(report),
            ["missing"] = JsonOutput.Array(report.Isolation.Missing, name => JsonValue.Create(name)),
        }),
        ["checks"] = JsonOutput.Array(Checks, item => new JsonObject
        {
            ["name"] = item.Prefix + item.Check.Name,
            ["ok"] = item.Check.IsPresent,
            ["required"] = item.Check.IsRequired,
            ["detail"] = item.Check.Detail,
            ["remedy"] = item.Check.IsPresent ? null : item.Check.Remedy,
        }),
        ["settings"] = JsonOutput.Array(Settings, setting => new JsonObject
        {
            ["key"] = setting.Key,
            ["value"] = setting.Value,
            ["source"] = setting.Source,
            ["overridden"] = JsonOutput.Array(setting.Overridden, place => JsonValue.Create(place)),
            ["reloaded"] = setting.Description.IsReloaded,
            ["meaning"] = setting.Description.Meaning,
        }),
    };

    private static string FromWhere(EffectiveSetting setting) =>
        setting.Source is null ? "" : setting.Overridden.Count == 0 ? setting.Source : $"{setting.Source}, over {string.Join(", ", setting.Overridden)}";

    private bool IsAccepted(IsolationReport report) => report.Isolation.Level >= Lowest;
}
