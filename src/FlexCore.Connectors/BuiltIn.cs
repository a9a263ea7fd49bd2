using FlexCore.Connectors.Csv;
using FlexCore.Connectors.JsonLines;
using FlexCore.Connectors.Postgres;
using FlexCore.Sdk;

namespace FlexCore.Connectors;

/// <summary>The connectors that FlexCore brings along. Asking for one loads what it needs, and nothing of the others.</summary>
public static class BuiltIn
{
    /// <summary>The version of all of them.</summary>
    public static string Version { get; } = typeof(BuiltIn).Assembly.GetName().Version!.ToString(3);

    private static readonly Dictionary<string, Func<IPlugin>> All = new(StringComparer.Ordinal)
    {
        ["tap-csv"] = CsvTap.Create,
        ["tap-jsonl"] = JsonLinesTap.Create,
        [PostgresTap.Name] = PostgresTap.Create,
        ["target-jsonl"] = JsonLinesTarget.Create,
        [PostgresTarget.Name] = PostgresTarget.Create,
    };

    /// <summary>Their names, in order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A connector by its name; null when there is none.</summary>
    public static IPlugin? Find(string name) => All.TryGetValue(name, out var create) ? create() : null;
}
