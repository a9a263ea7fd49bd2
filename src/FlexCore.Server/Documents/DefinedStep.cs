using System.Text.Json;
using FlexCore.Domain;

namespace FlexCore.Server.Documents;

/// <summary>A step as the definition of a pipeline on record says it, for people.</summary>
/// <param name="Id">The step.</param>
/// <param name="What">What it does, in a few words.</param>
/// <param name="Needs">The steps before it.</param>
/// <param name="When"><c>success</c>, <c>failure</c>, <c>always</c>, or a condition.</param>
public sealed record DefinedStep(string Id, string What, IReadOnlyList<string> Needs, string When)
{
    /// <summary>When it is run where nothing is said: all that it needs has succeeded.</summary>
    public const string Success = "success";

    /// <summary>Whether it has a condition of its own.</summary>
    public bool HasCondition => When is not (Success or "failure" or "always");

    /// <summary>The steps of a definition, in its order.</summary>
    /// <param name="definition">As it is on record; a version of FlexCore to come may have written it.</param>
    public static IReadOnlyList<DefinedStep> Read(JsonElement definition) => [.. Items(definition, "steps").Select(ReadStep)];

    private static DefinedStep ReadStep(JsonElement step) =>
        new(Text(step, "id") ?? "?", Describe(step), [.. Items(step, "needs").Select(need => Printable.Escape(need.ToString()))], Text(step, "when") ?? Success);

    private static string Describe(JsonElement step)
    {
        if (step.TryGetProperty("task", out var task)) return $"task {Text(task, "plugin")}";
        if (step.TryGetProperty("pipeline", out var other)) return $"pipeline {Text(other, "name")}";
        if (DescribeBuiltIn(step) is { } builtIn) return builtIn;
        if (!step.TryGetProperty("sync", out var sync)) return step.TryGetProperty("noop", out _) ? "noop" : "step";
        var targets = sync.TryGetProperty("to", out var to) && to.ValueKind == JsonValueKind.Array ? to.EnumerateArray().ToList() : [to];
        var stages = Items(sync, "through").Select(stage => Text(stage, "plugin") ?? "map");
        var flow = string.Join(" → ", [sync.TryGetProperty("from", out var from) ? Text(from, "plugin") : "?", .. stages, string.Join(", ", targets.Select(target => Text(target, "plugin")))]);
        return sync.TryGetProperty("partitions", out var partitions) ? $"{flow}, over {(partitions.ValueKind == JsonValueKind.Object && partitions.TryGetProperty("taps", out var taps) ? taps : partitions)} taps" : flow;
    }

    /// <summary>A step inside the runtime, and what it works on.</summary>
    private static string? DescribeBuiltIn(JsonElement step)
    {
        if (step.TryGetProperty("http", out var http)) return $"http {Text(http, "method") ?? "GET"} {Text(http, "url")}";
        if (step.TryGetProperty("json", out var json)) return $"json {Text(json, "file") ?? Text(json, "input")}".TrimEnd();
        return step.TryGetProperty("sql", out var sql) ? $"sql {Text(sql, "sqlite") ?? "on PostgreSQL"}" : null;
    }

    private static List<JsonElement> Items(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : [];

    private static string? Text(JsonElement holder, string name) =>
        holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? Printable.Escape(text.GetString()!) : null;
}
