using FlexCore.Domain.Access;

namespace FlexCore.Infrastructure;

/// <summary>A scope as a condition of SQL. Patterns and names have nothing in them that <c>LIKE</c> reads as more than itself.</summary>
internal static class ScopeStatements
{
    /// <returns>The condition on the column <c>pipeline</c>, and its parameters by their names without what marks them.</returns>
    public static (string Condition, IReadOnlyList<(string Name, object Value)> Parameters) Within(PipelineScope scope) => (
        $"({string.Join(" OR ", scope.Patterns.Select((_, index) => $"pipeline LIKE @scope{index}"))})",
        [.. scope.Patterns.Select((pattern, index) => ($"scope{index}", (object)Like(pattern)))]);

    /// <summary>One of its patterns, for <c>LIKE</c>.</summary>
    public static string Like(string pattern) => pattern.Replace('*', '%');
}
